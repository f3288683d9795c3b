internal import CRdKafka

/// Copies records out of C memory.
struct RecordReader {
    // A topic's name comes with every record; most records are of the same topic as the last.
    private var lastTopic: UInt = 0
    private var lastName = ""

    mutating func topicPartition(of message: UnsafePointer<rd_kafka_message_t>) -> TopicPartition {
        let topic = unsafe UInt(bitPattern: message.pointee.rkt)
        if topic != lastTopic || topic == 0 {
            lastTopic = topic
            lastName =
                unsafe message.pointee.rkt.map {
                    unsafe String(cString: rd_kafka_topic_name($0))
                } ?? ""
        }
        return unsafe TopicPartition(topic: lastName, partition: message.pointee.partition)
    }

    mutating func record(of message: UnsafePointer<rd_kafka_message_t>) -> ConsumerRecord {
        ConsumerRecord(
            topicPartition: unsafe topicPartition(of: message),
            offset: unsafe Offset(rawValue: message.pointee.offset),
            timestamp: unsafe timestamp(of: message),
            key: unsafe bytes(message.pointee.key, message.pointee.key_len),
            value: unsafe bytes(message.pointee.payload, message.pointee.len),
            headers: unsafe headers(of: message)
        )
    }

    private func timestamp(of message: UnsafePointer<rd_kafka_message_t>) -> Int64? {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = unsafe rd_kafka_message_timestamp(message, &type)
        return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || timestamp < 0 ? nil : timestamp
    }

    private func headers(of message: UnsafePointer<rd_kafka_message_t>) -> [RecordHeader] {
        var list: OpaquePointer?
        guard unsafe rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let list = unsafe list
        else { return [] }
        return (0..<(unsafe rd_kafka_header_cnt(list))).compactMap { index in
            var name: UnsafePointer<CChar>?
            var value: UnsafeRawPointer?
            var size = 0
            guard
                unsafe rd_kafka_header_get_all(list, index, &name, &value, &size)
                    == RD_KAFKA_RESP_ERR_NO_ERROR, let name = unsafe name
            else { return nil }
            return unsafe RecordHeader(name: String(cString: name), value: bytes(value, size))
        }
    }

    private func bytes(_ start: UnsafeRawPointer?, _ count: Int) -> [UInt8]? {
        guard let start = unsafe start else { return nil }
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
