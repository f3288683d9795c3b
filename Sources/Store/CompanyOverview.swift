public import Domain
public import FoundationEssentials

/// A company's integration as it is to be told to a person.
public struct CompanyOverview: Sendable, Encodable {
    /// The database's time.
    public var now: Date
    /// Whether it is on.
    public var state: IntegrationState
    /// When it last changed; `nil` where it never was on.
    public var changedAt: Date?
    /// The provider's organization that is the company's.
    public var organizationID: String?
    /// That organization's name.
    public var organizationName: String?
    /// What it was turned on with.
    public var grant: GrantOverview?
    /// People's connections by state; every state is there.
    public var connections: [String: RowCount]
    /// Tokens that must end at the provider and have not yet.
    public var revocations: WaitingRows
    /// Authorizations that have not ended, by state.
    public var attempts: [String: RowCount]
    /// The company's requests that wait in the database.
    public var parked: ParkedRequests
}

/// A person's connection as it is to be told to a person.
public struct PersonOverview: Sendable, Encodable {
    /// The database's time.
    public var now: Date
    /// Whether syncs run.
    public var state: ConnectionState
    /// When it last changed; `nil` where they never connected.
    public var changedAt: Date?
    /// Until when every change at the provider has been seen.
    public var coveredUntil: Date?
    /// When the schedule asks for the next sync.
    public var nextSyncAt: Date?
    /// Whether the company's integration is on.
    public var companyState: IntegrationState
    /// The provider's organization that is the company's.
    public var organizationID: String?
    /// What syncs run with.
    public var grant: GrantOverview?
    /// An import of which a page is written and the last one is not.
    public var runningImport: RunningImport?
    /// How many open tasks are in the list.
    public var openTasks: RowCount
    /// How many closed tasks are in the list.
    public var closedTasks: RowCount
    /// Authorizations of theirs that have not ended, by state.
    public var attempts: [String: RowCount]
    /// Their syncs that wait in the database.
    public var parked: ParkedRequests
    /// The task that was asked about; `nil` where none was, or none is known.
    public var task: TaskOverview?
    /// Who else of the company has the task in their list.
    public var otherOwner: String?
}

/// A grant without its tokens.
public struct GrantOverview: Hashable, Sendable, Encodable {
    /// Whether its tokens may be used.
    public var state: GrantState
    /// What the provider's user signs in with; may be empty.
    public var username: String
    /// The provider's user.
    public var accountID: String
    /// The provider's organization it reaches.
    public var organizationID: String
    /// Why it is lost; `nil` in every other state.
    public var lostReason: String?
    /// When its tokens were last stored.
    public var refreshedAt: Date
}

/// Requests that wait in the database.
public struct ParkedRequests: Hashable, Sendable, Encodable {
    /// How many, and since when.
    public var waiting: WaitingRows
    /// When the first of them may run; `nil` where one may run now.
    public var nextAt: Date?
    /// How many attempts the one spent that failed last; `nil` where none has failed.
    public var attempts: Int?
    /// Why it failed, in a few words and without a secret.
    public var lastError: String?
}

/// A task that is or was in a person's list.
public struct TaskOverview: Hashable, Sendable, Encodable {
    /// The provider's id.
    public var externalID: String
    /// How many events it has had.
    public var version: Int64
    /// Whether the provider counts it as done.
    public var isClosed: Bool
    /// Why it left the list; `nil` while it is in it.
    public var removalReason: RemovalReason?
    /// When the provider last changed it, as far as has been read.
    public var providerUpdatedAt: Date
}

extension IntegrationState: Encodable {}
extension ConnectionState: Encodable {}
extension GrantState: Encodable {}
extension RemovalReason: Encodable {}
