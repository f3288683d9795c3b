/// The body of `POST /sandbox/faults`.
struct FaultOrder: Codable, Sendable {
    /// Which calls it is about.
    struct Match: Codable, Sendable {
        var method: String?
        var path: String?
        var bodyContains: String?
        /// Whose token or code the call carries.
        var user: String?
    }

    var match: Match?
    var times: Int?
    var probability: Double?
    var seed: UInt64?
    var kind: String
    var phase: Fault.Phase?
    var status: Int?
    var body: String?
    var contentType: String?
    var errorCode: String?
    var message: String?
    var milliseconds: Int?
    var bytes: Int?

    /// The fault it orders; nil when its kind is unknown.
    func fault(id: Int) -> Fault? {
        guard let kind = faultKind else { return nil }
        return Fault(
            id: id,
            label: self.kind,
            method: match?.method,
            path: match?.path ?? "/services/",
            bodyContains: match?.bodyContains,
            user: match?.user,
            kind: kind,
            phase: phase ?? .before,
            remaining: times ?? (probability == nil ? 1 : nil),
            probability: probability ?? 1,
            random: SplitMix(seed: seed ?? 1)
        )
    }

    private var faultKind: Fault.Kind? {
        switch kind {
        case "status": .answer(plainReply)
        case "error":
            .answer(
                .dataError(
                    DataError(
                        status: status ?? 500,
                        code: errorCode ?? "UNKNOWN_EXCEPTION",
                        message: message ?? "An unexpected error occurred."
                    )
                )
            )
        case "oauthError":
            .answer(
                .tokenError(
                    OAuthError(code: errorCode ?? "server_error", reason: message ?? "error")
                )
            )
        case "race": .answer(.tokenError(.alreadyProcessed))
        case "html":
            .answer(
                .html(
                    body ?? "<html><body><h1>We are down for maintenance.</h1></body></html>",
                    status: status ?? 503
                )
            )
        case "delay": .delay(milliseconds: milliseconds ?? 1000)
        case "reset": .reset
        case "truncate": .truncate(bytes: bytes ?? 64)
        default: nil
        }
    }

    private var plainReply: Reply {
        Reply(
            status: status ?? 503,
            contentType: body == nil ? nil : contentType ?? "text/plain",
            body: Array((body ?? "").utf8)
        )
    }
}
