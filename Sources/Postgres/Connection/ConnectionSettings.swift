/// What a connection's thread needs to know.
struct ConnectionSettings: Sendable {
    var parameters: ConnectionParameters
    var connectTimeout: Duration
    var statementTimeout: Duration?
    /// 0 for none.
    var preparedStatements: Int
    var queueCapacity: Int

    /// At most this much is on its way at once: 64 statements, 64 KB of parameters.
    static let windowStatements = 64
    static let windowBytes = 64 * 1024
    /// How long the server may take to end a statement it was told to end, or that ran out of time.
    static let grace: Duration = .seconds(10)
}
