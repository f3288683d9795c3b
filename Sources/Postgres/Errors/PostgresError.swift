/// What went wrong between this process and the server, or in the server.
///
/// Its description has the SQL text but no parameter, no row and no password: ``detail`` and
/// ``hint`` may quote values and are left out of it.
public struct PostgresError: Error, Sendable {
    /// The kind of failure; more may be added, so switch with a default.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// The code's name.
        public let description: String

        /// No connection, or it was lost before the statement could have had an effect that lasts.
        public static let connection = Code(description: "connection")
        /// The server refused the statement; see ``PostgresError/sqlState``.
        public static let server = Code(description: "server")
        /// A column does not hold what was asked for.
        public static let decoding = Code(description: "decoding")
        /// A parameter cannot be written; nothing was sent.
        public static let encoding = Code(description: "encoding")
        /// The statement ran into the time limit for statements.
        public static let timeout = Code(description: "timeout")
        /// The awaiting task was cancelled, and the statement had no effect.
        public static let cancelled = Code(description: "cancelled")
        /// The pool, or the scope the connection was lent for, has ended.
        public static let closed = Code(description: "closed")
        /// The connection was lost after a write or COMMIT was sent: it may have happened or not.
        public static let outcomeUnknown = Code(description: "outcome-unknown")
        /// No connection became free in time.
        public static let poolExhausted = Code(description: "pool-exhausted")
        /// The configuration is not usable.
        public static let configuration = Code(description: "configuration")
    }

    /// The kind of failure.
    public var code: Code
    /// The server's code, if it was the server that spoke.
    public var sqlState: SQLState?
    /// One sentence without values.
    public var reason: String
    /// The server's further words, which may quote values: never log them.
    public var detail: String?
    /// The server's advice.
    public var hint: String?
    /// The constraint that was violated.
    public var constraint: String?
    /// The table the failure is about.
    public var table: String?
    /// The statement's SQL text.
    public var query: String?
    /// Whether the same may well succeed later; false for ``Code/outcomeUnknown``, where repeating
    /// is safe only for what is idempotent.
    public var isRetriable: Bool

    /// Makes an error.
    public init(
        code: Code,
        reason: String,
        sqlState: SQLState? = nil,
        query: String? = nil,
        isRetriable: Bool? = nil
    ) {
        self.code = code
        self.reason = reason
        self.sqlState = sqlState
        self.query = query
        self.isRetriable =
            isRetriable
            ?? ([.connection, .poolExhausted].contains(code) || sqlState?.isTransient == true)
    }
}

extension PostgresError: CustomStringConvertible {
    /// Code, SQLSTATE, reason, table and SQL text.
    public var description: String {
        var text = code.description
        if let sqlState { text += " \(sqlState)" }
        text += ": \(reason)"
        if let constraint { text += ", constraint \(constraint)" }
        if let table { text += ", table \(table)" }
        if let query { text += ", in: \(query)" }
        return text
    }
}

extension PostgresError {
    static func decoding(_ reason: String) -> PostgresError {
        PostgresError(code: .decoding, reason: reason)
    }

    static func connection(_ reason: String) -> PostgresError {
        PostgresError(code: .connection, reason: reason)
    }

    static func closed(_ reason: String) -> PostgresError {
        PostgresError(code: .closed, reason: reason)
    }

    static var cancelled: PostgresError {
        PostgresError(code: .cancelled, reason: "the task was cancelled")
    }

    /// The same error with the statement it happened in.
    func inQuery(_ sql: String) -> PostgresError {
        var error = self
        error.query = error.query ?? sql
        return error
    }
}
