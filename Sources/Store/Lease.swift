/// A partition this service consumes.
public struct RequestPartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Without the configured prefix.
    public var topic: String
    /// From 0, as Kafka counts.
    public var partition: Int32

    /// Names a partition; whether it exists is not checked.
    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    /// `topic/partition`.
    public var description: String { "\(topic)/\(partition)" }

    /// Orders by topic, then by number.
    public static func < (left: RequestPartition, right: RequestPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// The right to change anything on behalf of a partition; a later owner's epoch is higher.
public struct Lease: Hashable, Sendable {
    /// What the right is to.
    public var partition: RequestPartition
    /// Grows by one with every owner.
    public var epoch: Int64

    /// Makes a lease to ask about; only the store hands out ones that hold.
    public init(partition: RequestPartition, epoch: Int64) {
        self.partition = partition
        self.epoch = epoch
    }
}
