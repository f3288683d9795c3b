import FoundationEssentials

/// Reads a CloudEvent's data as the request its type names.
public enum RequestDecoder {
    /// Every request type, with the topic it is accepted on (without prefix).
    public static let topics: [String: String] = [
        "integration.enable.v1": "integration-request",
        "integration.authorize.v1": "integration-request",
        "integration.disable.v1": "integration-request",
        "sync.request.v1": "sync-request",
        "tasks.erase.v1": "sync-request",
    ]

    /// Decodes and validates; what it returns follows the type's schema.
    ///
    /// - Parameters:
    ///   - event: the record as it was parsed.
    ///   - topic: the topic the record came on, without prefix.
    /// - Returns: the request.
    /// - Throws: a ``RequestRejection`` that names the first field that is wrong, never its value.
    public static func decode(
        _ event: CloudEvent,
        topic: String
    ) throws(RequestRejection) -> Request {
        guard let expected = topics[event.type] else {
            throw RequestRejection(
                .unknownType,
                "type: is not known here; expected one of \(topics.keys.sorted().joined(separator: ", "))"
            )
        }
        guard expected == topic else {
            throw RequestRejection(
                .unknownType,
                "type: \(event.type) belongs on the topic \(expected), not \(topic)"
            )
        }
        let document = try JSONDocument(event.data)
        switch event.type {
        case "integration.enable.v1":
            return .enable(try document.decode(EnableData.self).request())
        case "integration.authorize.v1":
            return .authorize(try document.decode(AuthorizeData.self).request())
        case "integration.disable.v1":
            return .disable(try document.decode(DisableData.self).request())
        case "tasks.erase.v1":
            return .erase(try document.decode(EraseData.self).request())
        default:
            return .sync(try document.decode(SyncData.self).request())
        }
    }
}

private struct EnableData: Decodable {
    var companyId, provider, scope: String
    var actor: ActorData
    var redirectUri: String
    var environment, loginHost, expectedAccount: String?

    func request() throws(RequestRejection) -> EnableRequest {
        EnableRequest(
            companyID: try identifier(companyId, "companyId"),
            provider: try identifier(provider, "provider"),
            scope: try choice(scope, "scope"),
            actor: try actor.actor(),
            redirectURI: try text(redirectUri, "redirectUri", 1...2048),
            environment: try login(),
            expectedAccount: try expectedAccount.map { value throws(RequestRejection) in
                try text(value, "expectedAccount", 1...320)
            }
        )
    }

    private func login() throws(RequestRejection) -> LoginEnvironment {
        let environment: Environment =
            try environment.map { value throws(RequestRejection) in
                try choice(value, "environment")
            } ?? .production
        if let loginHost { return .host(try text(loginHost, "loginHost", 1...253)) }
        return environment == .sandbox ? .sandbox : .production
    }

    /// Checked even where a login host of the customer's own takes its place.
    private enum Environment: String, CaseIterable {
        case production, sandbox
    }
}

private struct AuthorizeData: Decodable {
    var companyId, provider, state: String
    var code, error, errorDescription: String?
    var actor: ReturningActor?

    /// Who came back; the role does not matter any more.
    struct ReturningActor: Decodable {
        var userId: String
    }

    func request() throws(RequestRejection) -> AuthorizeRequest {
        let outcome: AuthorizeRequest.Outcome
        switch (code, error) {
        case (let code?, nil): outcome = .code(try text(code, "code", 1...4096))
        case (nil, let error?):
            outcome = .refused(
                error: try text(error, "error", 1...256),
                description: errorDescription.map { String($0.prefix(1024)) }
            )
        case (nil, nil):
            throw RequestRejection(.invalidData, "code: missing; expected either code or error")
        case (_?, _?):
            throw RequestRejection(
                .invalidData,
                "error: present beside code; expected either code or error"
            )
        }
        return AuthorizeRequest(
            companyID: try identifier(companyId, "companyId"),
            provider: try identifier(provider, "provider"),
            state: try text(state, "state", 1...1024),
            actor: try actor.map { actor throws(RequestRejection) in
                try identifier(actor.userId, "actor.userId")
            },
            outcome: outcome
        )
    }
}

private struct DisableData: Decodable {
    var companyId, provider, scope: String
    var actor: ActorData
    var erase: Bool?

    func request() throws(RequestRejection) -> DisableRequest {
        DisableRequest(
            companyID: try identifier(companyId, "companyId"),
            provider: try identifier(provider, "provider"),
            scope: try choice(scope, "scope"),
            actor: try actor.actor(),
            erase: erase ?? false
        )
    }
}

private struct SyncData: Decodable {
    var companyId, provider: String
    var userId, mode, reason: String?

    func request() throws(RequestRejection) -> SyncRequest {
        SyncRequest(
            companyID: try identifier(companyId, "companyId"),
            provider: try identifier(provider, "provider"),
            userID: try userId.map { value throws(RequestRejection) in
                try identifier(value, "userId")
            },
            mode: try mode.map { value throws(RequestRejection) in try choice(value, "mode") }
                ?? .incremental,
            reason: try reason.map { value throws(RequestRejection) in try choice(value, "reason") }
                ?? .manual
        )
    }
}

private struct EraseData: Decodable {
    var companyId, provider, userId: String

    func request() throws(RequestRejection) -> EraseRequest {
        EraseRequest(
            owner: TaskOwner(
                companyID: try identifier(companyId, "companyId"),
                userID: try identifier(userId, "userId"),
                provider: try identifier(provider, "provider")
            )
        )
    }
}

private struct ActorData: Decodable {
    var userId, role: String

    func actor() throws(RequestRejection) -> Actor {
        Actor(userID: try identifier(userId, "actor.userId"), role: try choice(role, "actor.role"))
    }
}

private func identifier<ID: OpaqueIdentifier>(
    _ value: String,
    _ field: String
) throws(RequestRejection) -> ID {
    guard let id = ID(rawValue: value) else {
        throw RequestRejection(
            .invalidData,
            "\(field): is a string of \(value.unicodeScalars.count) characters; "
                + "expected 1 to \(ID.maximumLength) without control characters"
        )
    }
    return id
}

private func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ value: String,
    _ field: String
) throws(RequestRejection) -> Choice {
    guard let choice = Choice(rawValue: value) else {
        let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        throw RequestRejection(.invalidData, "\(field): expected one of \(choices)")
    }
    return choice
}

private func text(
    _ value: String,
    _ field: String,
    _ length: ClosedRange<Int>
) throws(RequestRejection) -> String {
    let count = value.unicodeScalars.count
    guard length.contains(count),
        !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else {
        throw RequestRejection(
            .invalidData,
            "\(field): is a string of \(count) characters; expected \(length.lowerBound) to "
                + "\(length.upperBound) without control characters"
        )
    }
    return value
}
