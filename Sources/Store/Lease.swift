/// A partition this service consumes.
public struct RequestPartition: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Without the configured prefix.
    public var topic: String
    public var partition: Int32

    public init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public var description: String { "\(topic)/\(partition)" }

    public static func < (left: RequestPartition, right: RequestPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// The right to change anything on behalf of a partition; a later owner's epoch is higher.
public struct Lease: Hashable, Sendable {
    public var partition: RequestPartition
    public var epoch: Int64

    public init(partition: RequestPartition, epoch: Int64) {
        self.partition = partition
        self.epoch = epoch
    }
}
