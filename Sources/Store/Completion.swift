public import Domain
public import FoundationEssentials

/// What a worker decided about a request: written, with its events, in one transaction.
public struct Completion: Sendable {
    /// What the worker took; a completion of anything else is fenced.
    public var claim: InboxClaim
    /// What its events name as their cause.
    public var cause: Cause
    /// What was decided.
    public var work: Work
    /// What goes to the dead-letter topic as well; its request can be replayed.
    public var deadLetter: EventRecord?

    /// Makes a completion; nothing is written before ``Store/complete(_:now:observer:)``.
    public init(claim: InboxClaim, cause: Cause, work: Work, deadLetter: EventRecord? = nil) {
        self.claim = claim
        self.cause = cause
        self.work = work
        self.deadLetter = deadLetter
    }

    /// The kinds of decision.
    public enum Work: Sendable {
        /// Changes of state and the events that tell of them.
        case changes([StateChange], [Event])
        /// One page of a person's sync, or its last.
        case sync(SyncStep)
        /// A person's sync that ended without reading anything; counts against its company sync.
        case syncEnded([Event], CompanySyncPart?, nextSync: NextSync? = nil)
        /// A sync of everyone of a company: it ends when theirs have.
        case companySync(CompanySync)
        /// The request waits in the database, and so does what this worker had behind it.
        case parked(Parking, behind: [Parking])
    }

    /// Whether the request is done once this is written.
    public var isFinal: Bool {
        switch work {
        case .sync(let step):
            if case .page = step.end { false } else { true }
        case .parked: false
        case .changes, .syncEnded, .companySync: true
        }
    }

    /// Whether it may share a transaction: a refused change of state takes the whole one back.
    var canShareTransaction: Bool {
        if case .changes(let changes, _) = work { return changes.isEmpty }
        return true
    }
}

/// What became of a completion.
public enum CompletionResult: Sendable {
    /// Written; these records are now to be published, in this order.
    case written(OutboxEntry?, progress: ImportProgress?)
    /// Something it relied on has changed since; nothing was written: handle the request again.
    case conflict
    /// The request is done already; nothing was written.
    case alreadyDone
    /// The partition has another owner; nothing was written, and nothing is known to be done.
    case leaseLost
}

/// Records that are decided on: in the outbox, and to be published by whoever wrote them.
public struct OutboxEntry: Sendable {
    /// What to delete once every record is delivered.
    public var reference: OutboxReference
    /// In the order they must be published.
    public var records: [EventRecord]
}

/// A change of what is stored about authorization, refused when the row has changed since it was read.
public enum StateChange: Sendable {
    case saveIntegration(CompanyIntegration)
    case saveConnection(UserConnection)
    /// New tokens replace those of the generation that was read, which are revoked afterwards.
    case saveGrant(Grant, isSameApproval: Bool = false)
    /// Whoever else lost the use of this grant has it again, and is told so.
    case reviveUses(Grant, ProviderAccount, otherThan: Scope)
    /// Locks a grant before what uses it, as everyone does who touches both.
    case lockGrant(CompanyID, UUID)
    /// Ends a grant nothing else uses; it is revoked at the provider afterwards.
    case releaseGrant(CompanyID, UUID)
    /// A grant is lost: whoever uses it is told, once.
    case loseGrant(CompanyID, UUID, Failure)
    /// A grant holds what an attempt's code was exchanged for: it is not revoked.
    case adoptTokens(of: AuthorizationAttempt)
    /// No grant will hold what an attempt's code was exchanged for, should there be anything left.
    case revokeTokens(of: AuthorizationAttempt)
    /// Relies on an integration that is on, as it was read.
    case holdIntegration(CompanyIntegration)
    case insertAttempt(AuthorizationAttempt, stateHash: [UInt8])
    case endAttempt(CompanyID, stateHash: [UInt8], AttemptState)
    /// Ends whatever else this person has begun for the same purpose.
    case supersedeAttempts(beside: AuthorizationAttempt)
    /// Ends what has been begun for a scope: of one person, or of everyone.
    case endPendingAttempts(CompanyID, ProviderID, Scope, of: UserID?)
    /// Ends an attempt that cannot be read; that it has ended is no refusal.
    case abandonAttempt(CompanyID, stateHash: [UInt8])
    /// Suspends a company's people; nobody to suspend is no refusal.
    case suspendConnections(CompanyID, ProviderID, erasing: Bool)
    /// Takes the suspension back from those whose grant lives and is of this organization, and tells
    /// the others to sign in again.
    case resumeConnections(CompanyID, ProviderID, organizationID: String)
    /// Counts against the sync of a company that this was a part of.
    case countPart(CompanySyncPart)
}

/// One step of a person's sync.
public struct SyncStep: Sendable {
    /// Whose list it is.
    public var owner: TaskOwner
    /// The connection as it was when the sync began; if it has changed, nothing is written.
    ///
    /// `nil` for a step that needs no connection.
    public var connectionVersion: Int64?
    /// What was read, closed ones too; a task read twice counts as read last.
    public var tasks: [ProviderTask]
    /// Tasks that left the list, and why; ids not in the list are ignored.
    public var removals: [String: RemovalReason]
    /// What the steps before did.
    public var progress: ImportProgress
    /// What comes after this step.
    public var end: End

    /// Makes a step.
    public init(
        owner: TaskOwner,
        connectionVersion: Int64?,
        tasks: [ProviderTask],
        removals: [String: RemovalReason],
        progress: ImportProgress,
        end: End
    ) {
        self.owner = owner
        self.connectionVersion = connectionVersion
        self.tasks = tasks
        self.removals = removals
        self.progress = progress
        self.end = end
    }

    /// What comes after this step.
    public enum End: Sendable {
        /// Nothing: everything of the list is erased, and nobody is told but by the removals.
        case erased
        /// More pages; whoever goes on starts here.
        case page(next: TaskCursor)
        /// Nothing: the request is done. `openTasks` is how many the provider has, when it was asked.
        case finished(
            mode: SyncRequest.Mode,
            coveredUntil: Date,
            openTasks: Int?,
            parent: String?
        )
    }
}

/// What a sync has done so far.
public struct ImportProgress: Hashable, Sendable {
    /// When the first page was asked for, by this service's clock.
    public var startedAt: Date
    /// The provider's clock when the sync began.
    public var providerTime: Date
    /// How many calls to the provider it took.
    public var providerCalls: Int
    /// How many events of the request there are so far.
    public var eventOrdinal: Int
    /// What became of the tasks.
    public var counts: TaskCounts

    /// Makes the progress of a sync that begins, unless told more.
    public init(
        startedAt: Date,
        providerTime: Date,
        providerCalls: Int = 0,
        eventOrdinal: Int = 0,
        counts: TaskCounts = TaskCounts()
    ) {
        self.startedAt = startedAt
        self.providerTime = providerTime
        self.providerCalls = providerCalls
        self.eventOrdinal = eventOrdinal
        self.counts = counts
    }
}

/// Where an import stands.
public struct ImportCheckpoint: Sendable {
    /// Where the last page that was written ended.
    public var cursor: TaskCursor
    /// What was done up to there.
    public var progress: ImportProgress
}

/// A sync of everyone of a company.
public struct CompanySync: Sendable {
    /// The company everyone of which is synced.
    public var companyID: CompanyID
    /// The task system to read from.
    public var provider: ProviderID
    /// How much is read of each person.
    public var mode: SyncRequest.Mode
    /// Who wanted it; handed on to each person's request.
    public var reason: SyncRequest.Reason
    /// Who is connected; nobody makes the sync end at once.
    public var users: [UserID]
    /// When it was decided on.
    public var startedAt: Date

    /// Makes a company's sync; one request per person goes out when it is written.
    public init(
        companyID: CompanyID,
        provider: ProviderID,
        mode: SyncRequest.Mode,
        reason: SyncRequest.Reason,
        users: [UserID],
        startedAt: Date
    ) {
        self.companyID = companyID
        self.provider = provider
        self.mode = mode
        self.reason = reason
        self.users = users
        self.startedAt = startedAt
    }
}

/// Not before when a person is synced unasked again.
public struct NextSync: Hashable, Sendable {
    /// Whose list it is.
    public var owner: TaskOwner
    /// When the provider can be asked again.
    public var at: Date

    /// Puts a person's next sync off.
    public init(of owner: TaskOwner, at: Date) {
        self.owner = owner
        self.at = at
    }
}

/// One person's share of a sync of their company.
public struct CompanySyncPart: Sendable {
    /// The company the person belongs to.
    public var companyID: CompanyID
    /// `ce_id` of the company's request.
    public var requestID: String
    /// Whether the person's sync ended without reading everything.
    public var failed: Bool
    /// Until when the person is covered; the earliest counts for the company.
    public var coveredUntil: Date
    /// How many calls to the provider it took.
    public var providerCalls: Int
    /// What became of the person's tasks.
    public var counts: TaskCounts

    /// Makes a part; one that failed need not count anything.
    public init(
        companyID: CompanyID,
        requestID: String,
        failed: Bool,
        coveredUntil: Date,
        providerCalls: Int = 0,
        counts: TaskCounts = TaskCounts()
    ) {
        self.companyID = companyID
        self.requestID = requestID
        self.failed = failed
        self.coveredUntil = coveredUntil
        self.providerCalls = providerCalls
        self.counts = counts
    }
}
