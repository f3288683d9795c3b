internal import CRdKafka

/// Asks the brokers about topics, which blocks: call it on a dedicated thread.
enum TopicMetadata {
    /// How long the brokers may take.
    private static let timeoutMilliseconds: Int32 = 5000

    static func countPartitions(
        of topic: String,
        _ handle: ClientHandle
    ) -> Result<Int32, KafkaError> {
        guard let object = unsafe rd_kafka_topic_new(handle.raw, topic, nil) else {
            return .failure(
                KafkaError(
                    KafkaError.Code(rd_kafka_last_error()),
                    operation: "rd_kafka_topic_new"
                )
            )
        }
        defer { unsafe rd_kafka_topic_destroy(object) }
        var answer: UnsafePointer<rd_kafka_metadata>?
        let result = unsafe rd_kafka_metadata(
            handle.raw,
            0,
            object,
            &answer,
            timeoutMilliseconds
        )
        guard result == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata = unsafe answer else {
            return .failure(KafkaError(KafkaError.Code(result), operation: "rd_kafka_metadata"))
        }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        guard unsafe metadata.pointee.topic_cnt == 1, let found = unsafe metadata.pointee.topics
        else {
            return .failure(KafkaError(.unknownTopic, operation: "rd_kafka_metadata"))
        }
        let code = unsafe found.pointee.err
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return .failure(KafkaError(KafkaError.Code(code), operation: "rd_kafka_metadata"))
        }
        return .success(unsafe found.pointee.partition_cnt)
    }
}
