/// The types of event this service publishes, and where each goes.
public enum EventType: String, Sendable, CaseIterable {
    case authorizationRequired = "integration.authorization-required.v1"
    case enabled = "integration.enabled.v1"
    case disabled = "integration.disabled.v1"
    case failed = "integration.failed.v1"
    case reauthorizationRequired = "integration.reauthorization-required.v1"
    case syncCompleted = "sync.completed.v1"
    case syncDeferred = "sync.deferred.v1"
    case syncFailed = "sync.failed.v1"
    case taskUpdated = "task.updated.v1"
    case syncRequest = "sync.request.v1"
    case eraseRequest = "tasks.erase.v1"

    /// The topic, without the configured prefix.
    public var topic: String {
        switch self {
        case .taskUpdated: Topics.taskUpdated
        case .syncRequest, .eraseRequest: Topics.syncRequest
        default: Topics.outcome
        }
    }

    /// The schema's path in the project.
    public var schema: String { "schemas/\(rawValue).json" }
}

/// The topics of the contract, without the configured prefix.
public enum Topics {
    /// Requests of the dashboard, keyed by company.
    public static let integrationRequest = "integration-request"
    /// Sync requests of the dashboard, of desktop apps and of the schedule.
    public static let syncRequest = "sync-request"
    /// What became of requests, keyed by company; for the dashboard.
    public static let outcome = "integration-outcome"
    /// Tasks for desktop apps, compacted by key; all tasks of a person are in one partition.
    public static let taskUpdated = "task-updated"

    /// The topics that are consumed.
    public static let requests = [integrationRequest, syncRequest]

    /// Where records of a topic go that cannot be worked off.
    public static func deadLetters(of topic: String) -> String { topic + ".dlq" }
}
