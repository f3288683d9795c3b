internal import Synchronization

extension PostgresPool {
    /// Runs a statement that commits at once, on a connection that many tasks share.
    ///
    /// - Parameter query: the statement; it must leave no trace in the session (no `SET`, no `LISTEN`,
    ///   no `BEGIN`), because the next statement may run in another.
    /// - Returns: the rows.
    /// - Throws: a ``PostgresError``; ``PostgresError/Code/outcomeUnknown`` if the connection was lost
    ///   after something other than a SELECT was sent.
    public func query(_ query: PostgresQuery) async throws(PostgresError) -> PostgresRows {
        let kind = state.withLock(\.machine.sharedKind)
        let lease = try await acquire(kind)
        let outcome: Work.Outcome
        if kind == .shared {
            outcome = await lease.performUnbound(.statements([query]))
            release(lease)
        } else {
            outcome = await lease.perform(.statements([query]))
            await giveBack(lease, discarding: false)
        }
        switch outcome.result {
        case .success(let rows):
            guard let first = rows.first else {
                throw PostgresError(code: .server, reason: "no result", query: query.sql)
            }
            return first
        case .failure(let failure): throw failure.error
        }
    }

    /// Lends a connection with a session of its own; whatever is left of the session is discarded.
    ///
    /// - Parameter body: what to do with it: advisory locks, `LISTEN`, scripts.
    /// - Returns: what the body returns.
    /// - Throws: what the body throws, or a ``PostgresError`` if no connection could be had.
    @discardableResult
    public func withConnection<Result>(
        _ body: (PostgresConnection) async throws -> Result
    ) async throws -> Result {
        try await withLease(discarding: true) { try await body(PostgresConnection($0)) }
    }
}
