/// Where a record was written.
public struct DeliveryReport: Hashable, Sendable {
    /// The partition the record is in.
    public var topicPartition: TopicPartition
    /// Its offset; `nil` where the broker does not tell, as with `acks=0`.
    public var offset: Offset?

    /// Makes a report from its parts.
    public init(topicPartition: TopicPartition, offset: Offset?) {
        self.topicPartition = topicPartition
        self.offset = offset
    }
}
