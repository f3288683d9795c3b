extension Event {
    /// `ce_type`, which also decides topic and schema.
    public var type: EventType {
        switch self {
        case .task: .taskUpdated
        case .syncRequest: .syncRequest
        case .eraseRequest: .eraseRequest
        case .outcome(let outcome):
            switch outcome.body {
            case .authorizationRequired: .authorizationRequired
            case .enabled: .enabled
            case .disabled: .disabled
            case .failed: .failed
            case .reauthorizationRequired: .reauthorizationRequired
            case .syncCompleted: .syncCompleted
            case .syncDeferred: .syncDeferred
            case .syncFailed: .syncFailed
            }
        }
    }

    var key: String {
        switch self {
        case .outcome(let outcome): outcome.companyID.rawValue
        case .task(let task):
            "\(task.owner.companyID)/\(task.owner.userID)/\(task.owner.provider)/\(task.task.externalID)"
        case .syncRequest(let request):
            request.userID.map { "\(request.companyID)/\($0)" } ?? request.companyID.rawValue
        case .eraseRequest(let request): "\(request.owner.companyID)/\(request.owner.userID)"
        }
    }

    /// All tasks of a person go to one partition, so that a new app reads its whole list from there.
    var partitioningKey: String? {
        guard case .task(let task) = self else { return nil }
        return "\(task.owner.companyID)/\(task.owner.userID)"
    }

    var subject: String {
        switch self {
        case .outcome(let outcome): Self.subject(outcome.companyID, outcome.userID)
        case .task(let task):
            Self.subject(task.owner.companyID, task.owner.userID) + "/tasks/\(task.task.externalID)"
        case .syncRequest(let request): Self.subject(request.companyID, request.userID)
        case .eraseRequest(let request):
            Self.subject(request.owner.companyID, request.owner.userID)
        }
    }

    private static func subject(_ companyID: CompanyID, _ userID: UserID?) -> String {
        userID.map { "companies/\(companyID)/users/\($0)" } ?? "companies/\(companyID)"
    }

    func data(requestID: String) -> [UInt8] {
        JSONWriter.object { json in
            switch self {
            case .outcome(let outcome): outcome.write(requestID: requestID, to: &json)
            case .task(let task): task.write(to: &json)
            case .syncRequest(let request): request.write(to: &json)
            case .eraseRequest(let request): request.write(to: &json)
            }
        }
    }
}

extension Outcome {
    func write(requestID: String, to json: inout JSONWriter) {
        json.field("companyId", companyID.rawValue)
        json.field("provider", provider.rawValue)
        json.field("requestId", requestID)
        if let userID { json.field("userId", userID.rawValue) }
        switch body {
        case .authorizationRequired(let scope, let url, let expiresAt):
            json.field("scope", scope.rawValue)
            json.field("authorizationUrl", url)
            json.field("expiresAt", RFC3339.string(from: expiresAt))
        case .enabled(let scope, let account):
            json.field("scope", scope.rawValue)
            json.field("account", object: account) { $1.write(to: &$0) }
        case .disabled(let scope):
            json.field("scope", scope.rawValue)
        case .failed(let scope, let failure), .reauthorizationRequired(let scope, let failure):
            json.field("scope", scope.rawValue)
            failure.write(to: &json)
        case .syncDeferred(let failure), .syncFailed(let failure):
            failure.write(to: &json)
        case .syncCompleted(let summary):
            summary.write(to: &json)
        }
    }
}

extension Failure {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("reason", reason.rawValue)
        json.field("responsible", reason.responsible.rawValue)
        json.field("message", message)
        json.field("remedy", remedy)
        json.field("retryable", reason.isRetryable)
        json.field("retryAt", retryAt.map(RFC3339.string))
        json.field("details", details)
    }
}

extension ProviderAccount {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("organizationId", organizationID)
        json.field("organizationName", organizationName)
        json.field("edition", edition)
        json.field("sandbox", isSandbox)
        json.field("username", username)
        json.field("displayName", displayName)
        json.field("email", email)
        json.field("instanceUrl", instanceURL)
    }
}

extension SyncSummary {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("mode", mode.rawValue)
        json.field("counts", object: counts) { json, counts in
            json.field("created", counts.created)
            json.field("updated", counts.updated)
            json.field("completed", counts.completed)
            json.field("reopened", counts.reopened)
            json.field("removed", counts.removed)
            json.field("unchanged", counts.unchanged)
        }
        json.field("coveredUntil", RFC3339.string(from: coveredUntil))
        json.field(
            "durationMs",
            duration.components.seconds * 1000
                + duration.components.attoseconds / 1_000_000_000_000_000
        )
        json.field("providerCalls", providerCalls)
    }
}

extension SyncRequest {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("companyId", companyID.rawValue)
        json.field("provider", provider.rawValue)
        if let userID { json.field("userId", userID.rawValue) }
        json.field("mode", mode.rawValue)
        json.field("reason", reason.rawValue)
    }
}

extension TaskEvent {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("companyId", owner.companyID.rawValue)
        json.field("userId", owner.userID.rawValue)
        json.field("provider", owner.provider.rawValue)
        json.field("externalId", task.externalID)
        json.field("version", version)
        json.field("change", change.rawValue)
        json.field("removalReason", removalReason?.rawValue)
        json.field("title", task.title)
        json.field("status", task.status)
        json.field("priority", task.priority)
        json.field("dueDate", task.dueDate)
        json.field("trackable", change != .removed && !task.isClosed)
        json.field("url", task.url)
        json.field("relatedTo", object: task.relatedTo) { $1.write(to: &$0) }
        json.field("contact", object: task.contact) { $1.write(to: &$0) }
        json.field("providerUpdatedAt", RFC3339.string(from: task.providerUpdatedAt))
    }
}

extension RelatedRecord {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("type", type)
        json.field("id", id)
        json.field("name", name)
    }
}

extension EraseRequest {
    fileprivate func write(to json: inout JSONWriter) {
        json.field("companyId", owner.companyID.rawValue)
        json.field("provider", owner.provider.rawValue)
        json.field("userId", owner.userID.rawValue)
    }
}
