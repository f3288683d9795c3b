/// A NOTIFY another session sent.
public struct PostgresNotification: Hashable, Sendable {
    /// The channel it came on.
    public let channel: String
    /// Its text, empty if it has none.
    public let payload: String
    /// The server process that sent it.
    public let processID: Int32
}
