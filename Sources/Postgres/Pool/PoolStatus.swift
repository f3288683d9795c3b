/// What a pool's connections are doing.
public struct PoolStatus: Hashable, Sendable {
    /// Connections of both kinds that are up.
    public var connected = 0
    /// Exclusive connections that are up and free.
    public var idle = 0
    /// Exclusive connections that are lent.
    public var inUse = 0
    /// Tasks that wait for a connection.
    public var waiting = 0
    /// Why the last connection failed; nil once one is made after that.
    public var lastError: String?
}
