import Domain
import FoundationEssentials
import Kafka

/// A record of a dead-letter topic: the original, and what the worker noted beside it.
struct DeadLetter: Sendable {
    let record: ConsumerRecord
    /// Its place without the configured prefix: `sync-request.dlq/2/17`.
    let place: String
    private let event: ReceivedEvent

    init(_ record: ConsumerRecord, topicPrefix: String) {
        self.record = record
        event = ReceivedEvent(record, topicPrefix: topicPrefix)
        place = "\(event.topic)/\(record.topicPartition.partition)/\(record.offset)"
    }

    /// Where the original was, with the configured prefix.
    var topic: String { note("topic") }
    var origin: String { "\(topic)/\(note("partition"))/\(note("offset"))" }
    var reason: String { note("reason") }
    var message: String { note("message") }
    var attempts: String { note("attempts") }
    /// As far as the record says.
    var company: String? {
        event.data?["companyId"]?.text ?? event.data?["data"]?["companyId"]?.text
    }
    var type: String? { event.type ?? event.data?["type"]?.text }
    /// When it became a dead letter.
    var date: Date? { record.timestamp.map { Date(timeIntervalSince1970: Double($0) / 1000) } }

    /// The original's headers, in their order.
    var headers: [RecordHeader] { record.headers.filter { !$0.name.hasPrefix("dlq.") } }
    var notes: [RecordHeader] { record.headers.filter { $0.name.hasPrefix("dlq.") } }

    var json: String { EventJSON.text(event) }

    /// The record to send again, byte for byte as it was but for the header that says what it is.
    var replay: ProducerRecord {
        ProducerRecord(
            topic: topic,
            key: record.key,
            value: record.value,
            headers: headers + [RecordHeader(name: "dlq.replay", text: place)]
        )
    }

    /// The last of a name: a replay that failed again carries the notes of both times.
    private func note(_ name: String) -> String {
        record.headers.last { $0.name == "dlq.\(name)" }?.value
            .map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
