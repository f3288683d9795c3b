/// What a consumer tells, in the order it happened.
public enum ConsumerEvent: Sendable {
    /// These partitions are this member's from now on; their records follow.
    case assigned([TopicPartition])
    /// These partitions are about to go; no record of theirs follows.
    case revoking(Revocation)
    /// Records, per partition in the order of their offsets.
    case records([ConsumerRecord])
    /// Something is wrong that the client goes on trying to mend.
    case failed(KafkaError)
}
