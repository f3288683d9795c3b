import Kafka

/// Something asked of the service, numbered within its key.
struct Request: Hashable, Sendable {
    /// `ce_id`.
    var id: String
    /// `ce_type`.
    var type: String
    /// The record's key, within which order is promised.
    var key: String
    /// Its place among the requests of its key, from 1.
    var number: Int
    /// The event's data, JSON.
    var data: String
    /// Where its record goes; by its key where that is nil.
    var partition: Int32?

    static let source = "/chaos"
    static let redirectURI = "http://127.0.0.1/callback"

    /// A record in CloudEvents' binary mode.
    var record: ProducerRecord {
        ProducerRecord(
            topic: type == "sync.request.v1" ? Topics.syncRequest : Topics.integrationRequest,
            key: Array(key.utf8),
            value: Array(data.utf8),
            headers: [
                ("ce_specversion", "1.0"), ("ce_id", id), ("ce_source", Self.source),
                ("ce_type", type), ("content-type", "application/json"),
            ].map { RecordHeader(name: $0.0, text: $0.1) },
            partitioning: partition.map(Partitioning.explicit) ?? .byKey
        )
    }

    /// An owner turns the integration on for a company: ends with an authorization URL, and inserts
    /// a row that nothing but the service's own care keeps from being there twice.
    static func enable(
        _ company: String,
        number: Int,
        id: String? = nil,
        user: String? = nil
    ) -> Request {
        let actor = user.map { "{\"userId\":\"\($0)\",\"role\":\"user\"}" }
        let scope = user == nil ? "company" : "user"
        return Request(
            id: id ?? "enable-\(company)-\(number)",
            type: "integration.enable.v1",
            key: company,
            number: number,
            data: """
                {"companyId":"\(company)","provider":"salesforce","scope":"\(scope)",\
                "actor":\(actor ?? "{\"userId\":\"owner\",\"role\":\"owner\"}"),\
                "redirectUri":"\(redirectURI)"}
                """
        )
    }

    /// What the provider sent back with somebody's browser.
    static func authorize(_ company: String, number: Int, state: String, code: String) -> Request {
        Request(
            id: "authorize-\(company)-\(number)",
            type: "integration.authorize.v1",
            key: company,
            number: number,
            data: """
                {"companyId":"\(company)","provider":"salesforce","state":"\(state)",\
                "code":"\(code)"}
                """
        )
    }

    /// An owner turns the integration off for a company, or a person for themselves.
    static func disable(_ company: String, number: Int, user: String?) -> Request {
        let actor = user.map { "{\"userId\":\"\($0)\",\"role\":\"user\"}" }
        return Request(
            id: "disable-\(company)-\(number)",
            type: "integration.disable.v1",
            key: company,
            number: number,
            data: """
                {"companyId":"\(company)","provider":"salesforce",\
                "scope":"\(user == nil ? "company" : "user")",\
                "actor":\(actor ?? "{\"userId\":\"owner\",\"role\":\"owner\"}")}
                """
        )
    }

    /// A person's tasks are to be read.
    static func sync(_ company: String, _ user: String, number: Int) -> Request {
        Request(
            id: "sync-\(company)-\(user)-\(number)",
            type: "sync.request.v1",
            key: "\(company)/\(user)",
            number: number,
            data: """
                {"companyId":"\(company)","provider":"salesforce","userId":"\(user)",\
                "mode":"incremental","reason":"manual"}
                """
        )
    }
}

/// The service's topics, as its neighbours know them.
enum Topics {
    static let integrationRequest = "integration-request"
    static let syncRequest = "sync-request"
    static let outcome = "integration-outcome"
    static let taskUpdated = "task-updated"
    static let deadLetters = [integrationRequest + ".dlq", syncRequest + ".dlq"]
    /// What the service publishes.
    static let published = [outcome, taskUpdated] + deadLetters
}
