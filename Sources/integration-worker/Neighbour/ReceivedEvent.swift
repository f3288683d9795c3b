import Domain
import FoundationEssentials
import Kafka

/// A record the worker published, as a neighbour reads it.
struct ReceivedEvent: Sendable {
    let record: ConsumerRecord
    /// Without the configured prefix.
    let topic: String
    /// The data; `nil` for a tombstone and for what is not JSON.
    let data: JSONTree?

    init(_ record: ConsumerRecord, topicPrefix: String) {
        self.record = record
        topic = String(record.topicPartition.topic.dropFirst(topicPrefix.count))
        data = record.value.flatMap { JSONTree(bytes: $0) }
    }

    var type: String? { header("ce_type") }
    var subject: String? { header("ce_subject") }
    var isTombstone: Bool { record.value == nil }
    var isDeadLetter: Bool { header("dlq.reason") != nil }
    var key: String { String(decoding: record.key ?? [], as: UTF8.self) }
    /// The request that caused it.
    var requestID: String? { data?["requestId"]?.text ?? header("ce_causationid") }

    /// Whose it is; `nil` for a dead letter without a key.
    var companyID: String? {
        data?["companyId"]?.text ?? record.key.map { _ in String(key.prefix { $0 != "/" }) }
    }

    func header(_ name: String) -> String? {
        record.headers.last { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The data's member at a path, as text.
    func text(_ path: String...) -> String? {
        var node = data
        for name in path { node = node?[name] }
        return node?.text
    }
}
