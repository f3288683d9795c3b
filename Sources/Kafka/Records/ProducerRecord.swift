/// A record to be written.
public struct ProducerRecord: Hashable, Sendable {
    /// The topic to write to.
    public var topic: String
    /// The key; `nil` is a null key.
    public var key: [UInt8]?
    /// The value; `nil` is a tombstone.
    public var value: [UInt8]?
    /// The headers, in order.
    public var headers: [RecordHeader]
    /// How the partition is chosen.
    public var partitioning: Partitioning

    /// Makes a record; by default its key chooses its partition.
    public init(
        topic: String,
        key: [UInt8]?,
        value: [UInt8]?,
        headers: [RecordHeader] = [],
        partitioning: Partitioning = .byKey
    ) {
        self.topic = topic
        self.key = key
        self.value = value
        self.headers = headers
        self.partitioning = partitioning
    }
}

/// How a record's partition is chosen.
public enum Partitioning: Hashable, Sendable {
    /// By the key, as Java clients do (`murmur2_random`); records without a key are spread at random.
    case byKey
    /// By these bytes instead of the key, with the same hash: the key `a/b/x` can follow `a/b`.
    case by([UInt8])
    /// This partition; one the topic does not have fails the record.
    case explicit(Int32)
}
