public import FoundationEssentials

/// What this service tells its neighbours.
public enum Event: Sendable {
    case outcome(Outcome)
    case task(TaskEvent)
    /// A request to itself, so that load spreads over replicas.
    case syncRequest(SyncRequest)
}

/// What became of a request, for the dashboard.
public struct Outcome: Sendable {
    public var companyID: CompanyID
    public var provider: ProviderID
    public var userID: UserID?
    public var body: Body

    public init(companyID: CompanyID, provider: ProviderID, userID: UserID?, _ body: Body) {
        self.companyID = companyID
        self.provider = provider
        self.userID = userID
        self.body = body
    }

    /// The types of outcome and what each carries.
    public enum Body: Sendable {
        case authorizationRequired(Scope, url: String, expiresAt: Date)
        case enabled(Scope, ProviderAccount)
        case disabled(Scope)
        case failed(Scope, Failure)
        case reauthorizationRequired(Scope, Failure)
        case syncCompleted(SyncSummary)
        case syncDeferred(Failure)
        case syncFailed(Failure)
    }
}

/// What a sync did.
public struct SyncSummary: Hashable, Sendable {
    public var mode: SyncRequest.Mode
    public var counts: TaskCounts
    /// Every change the provider made visible before this instant has been seen.
    public var coveredUntil: Date
    public var duration: Duration
    public var providerCalls: Int

    public init(
        mode: SyncRequest.Mode,
        counts: TaskCounts,
        coveredUntil: Date,
        duration: Duration,
        providerCalls: Int
    ) {
        self.mode = mode
        self.counts = counts
        self.coveredUntil = coveredUntil
        self.duration = duration
        self.providerCalls = providerCalls
    }
}

/// How many tasks changed, and how.
public struct TaskCounts: Hashable, Sendable {
    public var created = 0
    public var updated = 0
    public var completed = 0
    public var reopened = 0
    public var removed = 0
    public var unchanged = 0

    public init() {}

    /// Counts one change.
    public mutating func add(_ change: TaskChange) {
        switch change {
        case .created: created += 1
        case .updated: updated += 1
        case .completed: completed += 1
        case .reopened: reopened += 1
        case .removed: removed += 1
        }
    }

    public static func + (left: TaskCounts, right: TaskCounts) -> TaskCounts {
        var sum = left
        sum.created += right.created
        sum.updated += right.updated
        sum.completed += right.completed
        sum.reopened += right.reopened
        sum.removed += right.removed
        sum.unchanged += right.unchanged
        return sum
    }
}
