import Domain
public import FoundationEssentials
import Postgres

extension Store {
    /// Writes completions, as many as can be in one transaction, each wholly or not at all.
    ///
    /// - Parameters:
    ///   - completions: what was decided; a request must not be among them twice.
    ///   - now: the time that events carry.
    ///   - observer: is told how far each transaction has come.
    /// - Returns: one result each, in order.
    /// - Throws: when nothing is known to be written: the same call may be made again, the inbox tells
    ///   what was written after all.
    public func complete(
        _ completions: [Completion],
        now: Date,
        observer: (CompletionStage) -> Void = { _ in }
    ) async throws -> [CompletionResult] {
        var results: [CompletionResult?] = Array(repeating: nil, count: completions.count)
        let shared = completions.indices.filter { completions[$0].canShareTransaction }
        if !shared.isEmpty {
            let batch = try await write(shared.map { completions[$0] }, now: now, observer)
            for (index, result) in zip(shared, batch) { results[index] = result }
        }
        for index in completions.indices where results[index] == nil {
            results[index] = try await write([completions[index]], now: now, observer)[0]
        }
        return results.compactMap(\.self)
    }

    private func write(
        _ completions: [Completion],
        now: Date,
        _ observer: (CompletionStage) -> Void
    ) async throws -> [CompletionResult] {
        do {
            return try await pool.withTransaction { transaction in
                observer(.begun)
                var writer = CompletionWriter(completions: completions, now: now, cipher: cipher)
                let results = try await writer.run(in: transaction)
                observer(.committing)
                return results
            }
        } catch let error as PostgresTransactionError
            where error.isRefusal && completions.allSatisfy({ !$0.canShareTransaction })
        {
            return completions.map { _ in .conflict }
        }
    }
}

/// How far a transaction has come.
public enum CompletionStage: Sendable {
    /// It has begun, and nothing is written.
    case begun
    /// Everything is written, and COMMIT comes next.
    case committing
}

extension PostgresTransactionError {
    /// Whether a change of state relied on what is no longer so; then nothing was written.
    ///
    /// A violated constraint (SQLSTATE class 23) is a refusal too: somebody else was first, for
    /// example to connect the same account, and who decides again sees it.
    fileprivate var isRefusal: Bool {
        if let refused = underlying as? StoreError { return refused.code == .conflict }
        return (underlying as? PostgresError)?.sqlState?.class == "23"
    }
}
