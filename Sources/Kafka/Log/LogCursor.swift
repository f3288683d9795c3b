// The calls block: each is made on a thread of its own, one at a time.

internal import CRdKafka
internal import Synchronization

// Safe because its one owner makes one call at a time and waits for its end.
/// A place in some topics, on the way to where they ended when it was opened.
@safe final class LogCursor: @unchecked Sendable {
    private static let timeoutMilliseconds: Int32 = 5000
    private static let maximumBatch = 500

    private let handle: ClientHandle
    private var reader = RecordReader()
    /// Partitions not read to their ends, and these.
    private var ends: [TopicPartition: Int64] = [:]

    init(bootstrapServers: String, _ properties: [String: String]) throws(KafkaError) {
        let own = [
            // A consumer must name a group, also where it never joins it.
            "bootstrap.servers": bootstrapServers, "group.id": "log-reader",
            "enable.auto.commit": "false", "enable.partition.eof": "true",
        ]
        var client = try ClientProperties(
            properties.merging(own) { $1 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
            events: 0
        )
        let raw = unsafe try client.makeHandle(RD_KAFKA_CONSUMER)
        unsafe rd_kafka_poll_set_consumer(raw)
        handle = unsafe ClientHandle(raw: raw)
    }

    /// Finds where the topics end, and begins at their beginnings.
    func open(_ topics: [String]) async throws(KafkaError) {
        try await blocking { (cursor) throws(KafkaError) in try cursor.assign(topics) }
    }

    /// The next records; `nil` when the ends have been reached.
    func next() async throws(KafkaError) -> [ConsumerRecord]? {
        try await blocking { (cursor) throws(KafkaError) in try cursor.poll() }
    }

    /// Frees the client.
    func close() async throws(KafkaError) {
        try await blocking { (cursor) throws(KafkaError) in
            try cursor.handle.destroy(
                flags: RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE,
                within: .seconds(10)
            )
        }
    }

    private func blocking<Value: Sendable>(
        _ call: @escaping @Sendable (LogCursor) throws(KafkaError) -> Value
    ) async throws(KafkaError) -> Value {
        let result = OneShot<Result<Value, KafkaError>>()
        try DedicatedThread.start(named: "kafka-log") {
            do throws(KafkaError) {
                result.fulfil(.success(try call(self)))
            } catch {
                result.fulfil(.failure(error))
            }
        }
        return try await result.value().get()
    }

    private func assign(_ topics: [String]) throws(KafkaError) {
        var starts: [TopicPartition: Offset] = [:]
        for topic in topics {
            let count = try TopicMetadata.countPartitions(of: topic, handle).get()
            for number in 0..<count {
                let partition = TopicPartition(topic: topic, partition: number)
                let (low, high) = try bounds(of: partition)
                guard high > low else { continue }
                starts[partition] = Offset(rawValue: low)
                ends[partition] = high
            }
        }
        let list = PartitionList(starts)
        try check(unsafe rd_kafka_assign(handle.raw, list.raw), "rd_kafka_assign")
    }

    private func bounds(of partition: TopicPartition) throws(KafkaError) -> (Int64, Int64) {
        var (low, high): (Int64, Int64) = (0, 0)
        try check(
            unsafe rd_kafka_query_watermark_offsets(
                handle.raw,
                partition.topic,
                partition.partition,
                &low,
                &high,
                Self.timeoutMilliseconds
            ),
            "rd_kafka_query_watermark_offsets"
        )
        return (low, high)
    }

    private func poll() throws(KafkaError) -> [ConsumerRecord]? {
        var records: [ConsumerRecord] = []
        var silence: Int32 = 0
        while !ends.isEmpty, records.count < Self.maximumBatch {
            guard let message = unsafe rd_kafka_consumer_poll(handle.raw, 200) else {
                if !records.isEmpty { break }
                silence += 200
                guard silence < 4 * Self.timeoutMilliseconds else {
                    throw KafkaError(
                        .timedOut,
                        reason: "no record for \(silence / 1000) s, and the end is not reached",
                        operation: "rd_kafka_consumer_poll"
                    )
                }
                continue
            }
            defer { unsafe rd_kafka_message_destroy(message) }
            if let record = unsafe take(message) { records.append(record) }
        }
        return records.isEmpty ? nil : records
    }

    /// The message's record; none for an end that is reached, or for what was written since.
    private func take(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> ConsumerRecord? {
        let partition = unsafe reader.topicPartition(of: message)
        guard let end = ends[partition] else { return nil }
        guard unsafe message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
            // The last offsets may hold no record, as after a compaction.
            if unsafe message.pointee.err == RD_KAFKA_RESP_ERR__PARTITION_EOF {
                ends[partition] = nil
            }
            return nil
        }
        let offset = unsafe message.pointee.offset
        if offset >= end - 1 { ends[partition] = nil }
        return unsafe offset < end ? reader.record(of: message) : nil
    }
}
