/// A record as it was read from a partition.
public struct ConsumerRecord: Hashable, Sendable {
    /// Where the record was read from.
    public var topicPartition: TopicPartition
    /// The record's place in the partition.
    public var offset: Offset
    /// Milliseconds since 1970 in UTC; `nil` where the broker has none.
    public var timestamp: Int64?
    /// The key; `nil` is a null key, which is not an empty one.
    public var key: [UInt8]?
    /// The value; `nil` is a tombstone, which is not an empty value.
    public var value: [UInt8]?
    /// The headers, in the order they were written.
    public var headers: [RecordHeader]

    /// Makes a record from its parts.
    public init(
        topicPartition: TopicPartition,
        offset: Offset,
        timestamp: Int64?,
        key: [UInt8]?,
        value: [UInt8]?,
        headers: [RecordHeader]
    ) {
        self.topicPartition = topicPartition
        self.offset = offset
        self.timestamp = timestamp
        self.key = key
        self.value = value
        self.headers = headers
    }
}
