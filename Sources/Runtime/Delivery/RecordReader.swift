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
            let replay = replay(of: record)
            return WorkItem(
                claim: InboxClaim(
                    identity: identity,
                    lease: lease,
                    offset: record.offset.rawValue,
                    orderingKey: request.orderingKey,
                    replay: replay
                ),
                cause: Cause(
                    id: event.id,
                    source: event.source,
                    replay: replay,
                    trace: event.trace
                ),
                // The first try has been counted in its company's sync.
                parent: event.source == EventEncoder.source && replay == nil
                    ? event.causationID : nil,
                content: .request(request),
                record: record
            )
        } catch {
            return rejected(record, error, lease: lease)
        }
    }

    /// Reads a request that waited in the database.
    func read(_ parked: ParkedRequest) -> WorkItem {
        let record = ConsumerRecord(
            topicPartition: topicPartition(parked.claim.lease.partition),
            offset: Offset(rawValue: parked.claim.offset),
            timestamp: parked.record.timestamp,
            key: parked.record.key,
            value: parked.record.value,
            headers: parked.record.headers.map { RecordHeader(name: $0.name, value: $0.value) }
        )
        var item = read(record, lease: parked.claim.lease)
        item.attempt = parked.attempt
        item.isStored = true
        return item
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
            claim: InboxClaim(
                identity: identity,
                lease: lease,
                offset: record.offset.rawValue,
                orderingKey: "\(place)/\(identity.id)"
            ),
            cause: Cause(id: identity.id, source: identity.source),
            content: .rejected(rejection),
            record: record
        )
    }

    private func replay(of record: ConsumerRecord) -> String? {
        record.headers.last { $0.name == "dlq.replay" }?.value.map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// The original record byte for byte, with what an operator needs to know beside it.
    func deadLetter(
        _ item: WorkItem,
        reason: String,
        message: String,
        attempts: Int
    ) -> EventRecord {
        let record = item.record
        let notes = [
            ("dlq.topic", record.topicPartition.topic),
            ("dlq.partition", String(record.topicPartition.partition)),
            ("dlq.offset", String(record.offset.rawValue)),
            ("dlq.timestamp", record.timestamp.map { String($0) } ?? ""),
            ("dlq.group", groupID), ("dlq.reason", reason), ("dlq.message", message),
            ("dlq.attempts", String(attempts)), ("dlq.worker-version", workerVersion),
        ]
        return EventRecord(
            topic: Topics.deadLetters(of: item.claim.lease.partition.topic),
            key: record.key,
            headers: record.headers.map { EventRecord.Header($0.name, $0.value) }
                + notes.map { EventRecord.Header($0.0, Array($0.1.utf8)) },
            value: record.value
        )
    }
}
