/// What other threads ask of a consumer's thread.
enum ConsumerCommand: Sendable {
    case commit([TopicPartition: Offset], OneShot<KafkaError?>)
    case pause([TopicPartition])
    case resume([TopicPartition])
    case revocationCompleted(Int)
    case close
    /// Makes the client fail for good, for tests.
    case fail(KafkaError.Code)
}
