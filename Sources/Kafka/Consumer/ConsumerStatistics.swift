/// How far a consumer has come.
public struct ConsumerStatistics: Hashable, Sendable {
    /// How far one partition has been read.
    public struct Partition: Hashable, Sendable {
        /// The offset that is handed over next; `nil` until the first record.
        public var position: Offset?
        /// The group's committed offset; `nil` where there is none.
        public var committed: Offset?
        /// The offset the next written record will have; `nil` until the broker has told.
        public var highWatermark: Offset?
        /// The records that are not committed yet; `nil` until the broker has told.
        public var lag: Int64?
    }

    /// The partitions this member owns.
    public var partitions: [TopicPartition: Partition] = [:]
    /// Whether there is a connection to a broker; false until the first.
    public var isConnected = false
    /// How many times partitions were assigned or revoked.
    public var rebalanceCount = 0

    /// The records of all partitions that are not committed yet, as far as known.
    public var totalLag: Int64 { partitions.values.reduce(0) { $0 + ($1.lag ?? 0) } }
}
