/// A transaction that is open as long as its scope; it commits when the body returns.
public struct PostgresTransaction: Sendable {
    /// How much of other transactions a transaction sees.
    public enum Isolation: String, Sendable {
        /// Each statement sees what was committed before it began.
        case readCommitted = "READ COMMITTED"
        /// All statements see what was committed before the first.
        case repeatableRead = "REPEATABLE READ"
        /// As if the transactions ran one after the other; expect serialization failures.
        case serializable = "SERIALIZABLE"
    }

    private let lease: Lease

    init(_ lease: Lease) {
        self.lease = lease
    }

    /// Runs a statement and waits for its result; once one has failed, all that follow do.
    public func query(_ query: PostgresQuery) async throws(PostgresError) -> PostgresRows {
        try await lease.query(query)
    }

    /// Runs statements in one round trip; the first that fails also fails the rest.
    public func queries(_ queries: [PostgresQuery]) async throws(PostgresError) -> [PostgresRows] {
        try await lease.queries(queries)
    }

    static func begin(_ isolation: Isolation, readOnly: Bool) -> PostgresQuery {
        let access = readOnly ? " READ ONLY" : ""
        return PostgresQuery(unescaped: "BEGIN ISOLATION LEVEL \(isolation.rawValue)\(access)")
    }
}
