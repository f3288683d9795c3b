/// A kind of request to a broker, by its number in the protocol
/// (https://kafka.apache.org/protocol.html#protocol_api_keys).
public struct RequestKind: RawRepresentable, Hashable, Sendable {
    /// The API key.
    public var rawValue: Int16

    /// Wraps an API key.
    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    /// Writing records.
    public static let produce = RequestKind(rawValue: 0)
    /// Reading records.
    public static let fetch = RequestKind(rawValue: 1)
    /// Asking for offsets by time.
    public static let listOffsets = RequestKind(rawValue: 2)
    /// Asking for brokers, topics and partitions.
    public static let metadata = RequestKind(rawValue: 3)
    /// Committing offsets.
    public static let offsetCommit = RequestKind(rawValue: 8)
    /// Asking for committed offsets.
    public static let offsetFetch = RequestKind(rawValue: 9)
    /// Finding a group's coordinator.
    public static let findCoordinator = RequestKind(rawValue: 10)
    /// Joining a group.
    public static let joinGroup = RequestKind(rawValue: 11)
    /// Showing a group that a member lives.
    public static let heartbeat = RequestKind(rawValue: 12)
    /// Asking for an idempotent producer's identity.
    public static let initProducerID = RequestKind(rawValue: 22)
}
