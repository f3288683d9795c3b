/// Where in its life a transaction failed, and why.
public struct PostgresTransactionError: Error, Sendable, CustomStringConvertible {
    /// The step that failed.
    public enum Phase: Hashable, Sendable {
        /// No connection, or BEGIN failed: nothing happened.
        case begin
        /// The body threw; the transaction was rolled back.
        case body
        /// COMMIT was refused; the transaction was rolled back.
        case commit
        /// The body threw and ROLLBACK failed too; the connection is closed, so nothing is kept.
        case rollback
        /// The connection was lost after COMMIT was sent: all of it happened, or nothing.
        case outcomeUnknown
    }

    /// The step that failed.
    public let phase: Phase
    /// What was thrown in that step: the body's own error for ``Phase/body`` and ``Phase/rollback``.
    public let underlying: any Error
    /// Why the rollback failed, for ``Phase/rollback``.
    public let rollbackError: PostgresError?

    init(_ phase: Phase, _ underlying: any Error, rollbackError: PostgresError? = nil) {
        self.phase = phase
        self.underlying = underlying
        self.rollbackError = rollbackError
    }

    /// Whether the whole transaction may well succeed if it is run again.
    public var isRetriable: Bool {
        phase != .outcomeUnknown && (underlying as? PostgresError)?.isRetriable == true
    }

    /// The phase and the cause.
    public var description: String {
        let rollback = rollbackError.map { "; rollback: \($0)" } ?? ""
        return "transaction failed in \(phase): \(underlying)\(rollback)"
    }
}
