import Domain
import Kafka
import Store

/// Reads a record as a request, or as what goes to the dead-letter topic.
struct RecordReader: Sendable {
    let topicPrefix: String
    let groupID: String
    let workerVersion: String

    /// The partition without the configured prefix.
    func partition(_ topicPartition: TopicPartition) -> RequestPartition {
        RequestPartition(
            topic: String(topicPartition.topic.dropFirst(topicPrefix.count)),
            partition: topicPartition.partition
        )
    }

    /// The partition as the broker knows it.
    func topicPartition(_ partition: RequestPartition) -> TopicPartition {
        TopicPartition(topic: topicPrefix + partition.topic, partition: partition.partition)
    }

    func read(_ record: ConsumerRecord, lease: Lease) -> WorkItem {
        do throws(RequestRejection) {
            let event = try CloudEventParser.parse(
                headers: record.headers.map { ($0.name, $0.value) },
                value: record.value
            )
            let request = try RequestDecoder.decode(event, topic: lease.partition.topic)
            let identity = RequestIdentity(
                companyID: request.companyID.rawValue,
                source: event.source,
                id: event.id
            )
            return WorkItem(
                claim: InboxClaim(
                    identity: identity,
                    lease: lease,
                    offset: record.offset.rawValue
                ),
                cause: Cause(id: event.id, source: event.source, trace: event.trace),
                parent: event.source == EventEncoder.source ? event.causationID : nil,
                content: .request(request)
            )
        } catch {
            return rejected(record, error, lease: lease)
        }
    }

    /// A record that is no request is known by its place in the log: it has no better name.
    private func rejected(
        _ record: ConsumerRecord,
        _ rejection: RequestRejection,
        lease: Lease
    ) -> WorkItem {
        let place = "\(record.topicPartition.topic)/\(record.topicPartition.partition)"
        let identity = RequestIdentity(
            companyID: "",
            source: "kafka:\(place)",
            id: String(record.offset.rawValue)
        )
        return WorkItem(
            claim: InboxClaim(identity: identity, lease: lease, offset: record.offset.rawValue),
            cause: Cause(id: identity.id, source: identity.source),
            content: .rejected(
                deadLetter(record, reason: rejection.code.rawValue, message: rejection.message),
                rejection
            )
        )
    }

    /// The original record byte for byte, with what an operator needs to know beside it.
    private func deadLetter(
        _ record: ConsumerRecord,
        reason: String,
        message: String
    ) -> EventRecord {
        let notes = [
            ("dlq.topic", record.topicPartition.topic),
            ("dlq.partition", String(record.topicPartition.partition)),
            ("dlq.offset", String(record.offset.rawValue)),
            ("dlq.timestamp", record.timestamp.map { String($0) } ?? ""),
            ("dlq.group", groupID), ("dlq.reason", reason), ("dlq.message", message),
            ("dlq.attempts", "1"), ("dlq.worker-version", workerVersion),
        ]
        return EventRecord(
            topic: Topics.deadLetters(of: partition(record.topicPartition).topic),
            key: record.key,
            headers: record.headers.map { EventRecord.Header($0.name, $0.value) }
                + notes.map { EventRecord.Header($0.0, Array($0.1.utf8)) },
            value: record.value
        )
    }
}
