internal import CRdKafka

// Safe because the one owner frees the list, which C code borrows for one call only.
/// Owns a C partition list: one that leaks keeps its client handle from ever being freed.
@safe struct PartitionList: ~Copyable {
    let raw: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ partitions: some Collection<TopicPartition>) {
        unsafe raw = rd_kafka_topic_partition_list_new(Int32(partitions.count))
        for partition in partitions {
            unsafe rd_kafka_topic_partition_list_add(raw, partition.topic, partition.partition)
        }
    }

    init(topics: [String]) {
        unsafe raw = rd_kafka_topic_partition_list_new(Int32(topics.count))
        for topic in topics { unsafe rd_kafka_topic_partition_list_add(raw, topic, -1) }
    }

    init(_ offsets: [TopicPartition: Offset]) {
        unsafe raw = rd_kafka_topic_partition_list_new(Int32(offsets.count))
        for (partition, offset) in offsets {
            let element = unsafe rd_kafka_topic_partition_list_add(
                raw,
                partition.topic,
                partition.partition
            )
            unsafe element?.pointee.offset = offset.rawValue
        }
    }

    deinit {
        unsafe rd_kafka_topic_partition_list_destroy(raw)
    }

    /// Copies the partitions out of a list that somebody else owns.
    static func partitions(
        of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) -> [TopicPartition] {
        guard let list = unsafe list, let elements = unsafe list.pointee.elems else { return [] }
        return unsafe (0..<Int(list.pointee.cnt)).map { index in
            unsafe TopicPartition(
                topic: String(cString: elements[index].topic),
                partition: elements[index].partition
            )
        }
    }

    /// The first partition's error in a list that somebody else owns.
    static func firstError(
        of list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) -> rd_kafka_resp_err_t? {
        guard let list = unsafe list, let elements = unsafe list.pointee.elems else { return nil }
        return unsafe (0..<Int(list.pointee.cnt)).lazy
            .map { index in unsafe elements[index].err }
            .first { $0 != RD_KAFKA_RESP_ERR_NO_ERROR }
    }
}
