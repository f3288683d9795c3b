import Foundation
import Kafka

/// A record the service published, as far as the ledger looks at it.
struct Event: Sendable {
    /// `ce_id`; nil for a tombstone.
    var id: String?
    var type: String?
    var topic: String
    var key: String
    var value: [UInt8]?
    var headers: [RecordHeader] = []
    /// The request whose outcome it is.
    var requestID: String?
    /// Where a browser is sent, in an outcome that asks for that.
    var authorizationURL: String?
    /// Why a request failed.
    var reason: String?
    var receivedAt: Instant
    /// Where it is in the log.
    var place = ""

    private struct Outcome: Decodable {
        var requestId: String?
        var authorizationUrl: String?
        var reason: String?
    }

    init(
        id: String?,
        type: String? = nil,
        topic: String = Topics.outcome,
        key: String,
        value: [UInt8]?,
        requestID: String? = nil,
        receivedAt: Instant = .now
    ) {
        self.id = id
        self.type = type
        self.topic = topic
        self.key = key
        self.value = value
        self.requestID = requestID
        self.receivedAt = receivedAt
    }

    init(_ record: ConsumerRecord, receivedAt: Instant) {
        self.init(
            id: record.text(of: "ce_id"),
            type: record.text(of: "ce_type"),
            topic: record.topicPartition.topic,
            key: String(decoding: record.key ?? [], as: UTF8.self),
            value: record.value,
            receivedAt: receivedAt
        )
        headers = record.headers
        place = "\(record.topicPartition)/\(record.offset)"
        guard topic == Topics.outcome, let value,
            let outcome = try? JSONDecoder().decode(Outcome.self, from: Data(value))
        else { return }
        requestID = outcome.requestId
        authorizationURL = outcome.authorizationUrl
        reason = outcome.reason
    }

    /// Whether it is the very same record again: also written at the same time, so not just the result
    /// of doing the same twice.
    func isRepeat(of other: Event) -> Bool {
        (id, key, value, headers) == (other.id, other.key, other.value, other.headers)
    }

    /// One line for whoever looks into a failure.
    func line(since start: Instant) -> String {
        let seconds = start.duration(to: receivedAt).text
        return [seconds, place, type ?? "-", key, requestID ?? "-", id ?? "-", reason ?? ""]
            .joined(separator: "  ")
    }

    /// Whether a request has its answer with this: a deferral is followed by one, and who has to sign in
    /// again is told so beside it.
    var isFinal: Bool { topic == Topics.outcome && !Self.notFinal.contains(type) }

    private static let notFinal: Set<String?> = [
        "sync.deferred.v1", "integration.reauthorization-required.v1",
    ]

    /// The `state` of the authorization URL.
    var state: String? {
        authorizationURL.flatMap { URLComponents(string: $0)?.queryItems }?
            .first { $0.name == "state" }?.value
    }
}

extension ConsumerRecord {
    /// A header's value as text.
    func text(of name: String) -> String? {
        headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }
}
