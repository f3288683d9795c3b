extension PostgresPool {
    /// Runs the body in a transaction: commits if it returns, rolls back if it throws.
    ///
    /// - Parameters:
    ///   - isolation: how much of other transactions it sees.
    ///   - readOnly: whether the server refuses writes.
    ///   - body: what to do; it is run once.
    /// - Returns: what the body returns.
    /// - Throws: a ``PostgresTransactionError`` that says what is known about the outcome.
    @discardableResult
    public func withTransaction<Result: Sendable>(
        isolation: PostgresTransaction.Isolation = .readCommitted,
        readOnly: Bool = false,
        _ body: (PostgresTransaction) async throws -> Result
    ) async throws -> Result {
        let lease: Lease
        do {
            lease = try await acquire(.exclusive)
            do throws(PostgresError) {
                _ = try await lease.query(PostgresTransaction.begin(isolation, readOnly: readOnly))
            } catch {
                await giveBack(lease, discarding: false)
                throw error
            }
        } catch {
            throw PostgresTransactionError(.begin, error)
        }
        let result: Result
        do {
            result = try await body(PostgresTransaction(lease))
        } catch {
            throw await rollBack(lease, because: error)
        }
        try await commit(lease)
        return result
    }

    /// Runs statements in a transaction of their own in one round trip: BEGIN and COMMIT go along.
    ///
    /// - Parameter statements: what to run; the first that fails undoes all.
    /// - Returns: a result per statement.
    /// - Throws: a ``PostgresTransactionError`` that says what is known about the outcome.
    public func transaction(_ statements: [PostgresQuery]) async throws -> [PostgresRows] {
        guard !statements.isEmpty else { return [] }
        let lease: Lease
        do {
            lease = try await acquire(.exclusive)
        } catch {
            throw PostgresTransactionError(.begin, error)
        }
        let outcome = await lease.perform(.statements(["BEGIN"] + statements + ["COMMIT"]))
        await giveBack(lease, discarding: false)
        switch outcome.result {
        case .success(let rows): return Array(rows.dropFirst().dropLast())
        case .failure(let failure):
            let phase: PostgresTransactionError.Phase =
                switch failure.index {
                case _ where failure.error.code == .outcomeUnknown: .outcomeUnknown
                case 0: .begin
                case statements.count + 1: .commit
                default: .body
                }
            throw PostgresTransactionError(phase, failure.error)
        }
    }

    private func rollBack(
        _ lease: Lease,
        because error: any Error
    ) async -> PostgresTransactionError {
        let outcome = await lease.performShielded(.statements(["ROLLBACK"]))
        await giveBack(lease, discarding: false)
        guard case .failure(let failure) = outcome.result else {
            return PostgresTransactionError(.body, error)
        }
        return PostgresTransactionError(.rollback, error, rollbackError: failure.error)
    }

    /// Not even a cancelled task leaves a COMMIT that was sent without waiting for its answer.
    private func commit(_ lease: Lease) async throws(PostgresTransactionError) {
        let outcome = await lease.performShielded(.statements(["COMMIT"]))
        await giveBack(lease, discarding: false)
        switch outcome.result {
        case .success(let rows):
            // COMMIT of a failed transaction is no error to the server: it answers ROLLBACK.
            guard rows.first?.commandTag == "ROLLBACK" else { return }
            throw PostgresTransactionError(
                .commit,
                PostgresError(
                    code: .server,
                    reason: "a statement had failed, so COMMIT rolled back",
                    sqlState: .inFailedTransaction
                )
            )
        case .failure(let failure):
            let isUnknown = failure.error.code == .outcomeUnknown
            throw PostgresTransactionError(isUnknown ? .outcomeUnknown : .commit, failure.error)
        }
    }
}
