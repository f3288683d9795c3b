/// A connection lent to one scope, with a session of its own; it may not be used after the scope.
///
/// Tasks may share it: what they send goes out in the order it is asked for.
public struct PostgresConnection: Sendable {
    private let lease: Lease

    init(_ lease: Lease) {
        self.lease = lease
    }

    /// Runs a statement and waits for its result.
    ///
    /// Outside a transaction block it commits at once.
    public func query(_ query: PostgresQuery) async throws(PostgresError) -> PostgresRows {
        try await lease.query(query)
    }

    /// Runs statements in one round trip; the first that fails also fails the rest.
    ///
    /// Outside a transaction block they all commit together or not at all.
    public func queries(_ queries: [PostgresQuery]) async throws(PostgresError) -> [PostgresRows] {
        try await lease.queries(queries)
    }

    /// Runs a script of several statements without parameters; an error ends it where it is.
    ///
    /// A script without transaction control of its own commits as a whole or not at all.
    public func executeScript(_ script: String) async throws(PostgresError) {
        let outcome = await lease.perform(.script(script))
        if case .failure(let failure) = outcome.result { throw failure.error }
    }

    /// What other sessions notify this one of from now on; run `LISTEN` to choose the channels.
    ///
    /// There is one such sequence at a time: a second call ends the first.
    public func notifications() -> PostgresNotifications {
        lease.makeNotifications()
    }
}

extension Lease {
    func query(_ query: PostgresQuery) async throws(PostgresError) -> PostgresRows {
        let rows = try await queries([query])
        guard let first = rows.first else {
            throw PostgresError(code: .server, reason: "no result", query: query.sql)
        }
        return first
    }

    func queries(_ queries: [PostgresQuery]) async throws(PostgresError) -> [PostgresRows] {
        guard !queries.isEmpty else { return [] }
        switch await perform(.statements(queries)).result {
        case .success(let rows): return rows
        case .failure(let failure): throw failure.error
        }
    }
}
