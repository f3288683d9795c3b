public import Domain
public import FoundationEssentials

/// How many rows there are, as far as it is cheap to know.
public struct RowCount: Hashable, Sendable, Encodable {
    /// How many were counted.
    public var count: Int
    /// Whether these are all of them; there may be more where not.
    public var isComplete: Bool

    /// Makes a count; of all of them unless told otherwise.
    public init(_ count: Int = 0, isComplete: Bool = true) {
        self.count = count
        self.isComplete = isComplete
    }
}

/// Rows that wait for something.
public struct WaitingRows: Hashable, Sendable, Encodable {
    /// How many.
    public var rows: RowCount
    /// Since when the oldest waits; of the counted ones where not all were.
    public var oldest: Date?
}

/// How the whole service stands, or what it has of one company.
public struct ServiceOverview: Sendable, Encodable {
    /// The database's time.
    public var now: Date
    /// Integrations by state; every state is there.
    public var companies: [String: RowCount]
    /// Connections by state; every state is there.
    public var connections: [String: RowCount]
    /// Grants by state; every state is there.
    public var grants: [String: RowCount]
    /// Tokens that must end at the provider and have not yet.
    public var revocations: WaitingRows
    /// Authorizations that have not ended, by state.
    public var attempts: [String: RowCount]
    /// Requests by state: `claimed` is being worked off, `parked` waits in the database.
    public var requests: [String: RowCount]
    /// What waits in the database, by partition.
    public var parked: [ParkedPartition]
    /// Records that are not yet known to be delivered.
    public var outbox: WaitingRows
    /// Who owns which partitions, or did last; empty for a company, which has none of its own.
    public var leases: [LeaseHolding]
    /// People whose sync is overdue by more than an interval, and when the first of them was due.
    public var overdue: WaitingRows
    /// Imports of which a page is written and the last one is not.
    public var imports: RunningImports
}

/// What waits in the database of one partition.
public struct ParkedPartition: Hashable, Sendable, Encodable {
    /// The topic, with its configured prefix.
    public var topic: String
    /// The partition's number.
    public var partition: Int32
    /// How many, and since when.
    public var waiting: WaitingRows
}

/// The partitions of a topic that one worker owns, or was the last to own.
public struct LeaseHolding: Hashable, Sendable, Encodable {
    /// The worker's name.
    public var owner: String
    /// The topic, with its configured prefix.
    public var topic: String
    /// The partitions' numbers, ascending.
    public var partitions: [Int32]
    /// When it took the last of them.
    public var since: Date
}

/// Imports that have begun and not ended.
public struct RunningImports: Hashable, Sendable, Encodable {
    /// How many there are.
    public var rows = RowCount()
    /// The oldest of them.
    public var oldest: [RunningImport] = []
}

/// How far an import is.
public struct RunningImport: Hashable, Sendable, Encodable {
    /// The person's company.
    public var companyID: String
    /// Whose tasks are imported.
    public var userID: String
    /// How many tasks have been read so far.
    public var tasks: Int
    /// When it began.
    public var startedAt: Date
}
