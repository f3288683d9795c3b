public import FoundationEssentials

/// What this service tells its neighbours.
public enum Event: Sendable {
    case outcome(Outcome)
    case task(TaskEvent)
    /// A request to itself, so that load spreads over replicas.
    case syncRequest(SyncRequest)
    /// A request to itself: what was imported is erased in the order of the person's syncs.
    case eraseRequest(EraseRequest)
}

/// What became of a request, for the dashboard.
public struct Outcome: Sendable {
    /// The company whose dashboard is told; also the record's key.
    public var companyID: CompanyID
    /// The task system the request named, even if this service does not know it.
    public var provider: ProviderID
    /// The person it concerns; `nil` when it concerns the whole company.
    public var userID: UserID?
    /// What happened.
    public var body: Body

    /// Makes an outcome; the request that caused it is added when it is encoded.
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
    /// How much was read.
    public var mode: SyncRequest.Mode
    /// What became of the tasks, summed over all pages.
    public var counts: TaskCounts
    /// Every change the provider made visible before this instant has been seen.
    public var coveredUntil: Date
    /// From the first page's request to the last page's commit; published in milliseconds.
    public var duration: Duration
    /// How many calls to the provider it took, all pages and retries together.
    public var providerCalls: Int

    /// Makes a summary; nothing is derived from anything else.
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
    /// Tasks that are new in the list, or back in it.
    public var created = 0
    /// Tasks that stay open and look different.
    public var updated = 0
    /// Tasks that were closed.
    public var completed = 0
    /// Tasks that were closed and are open again.
    public var reopened = 0
    /// Tasks that left the list, for whatever reason.
    public var removed = 0
    /// Open tasks that needed no event.
    public var unchanged = 0

    /// Counts nothing yet.
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

    /// Adds field by field.
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
