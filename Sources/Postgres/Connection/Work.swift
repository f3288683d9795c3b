/// Something a task waits for a connection to do.
// Safe because a work is handed over through the inbox's lock once, and from then on only the
// connection's thread touches it.
final class Work: @unchecked Sendable {
    enum Payload {
        /// Statements up to one sync: outside a transaction block they are one implicit transaction.
        case statements([PostgresQuery])
        /// A script of several statements, by the simple protocol.
        case script(String)
        /// Makes the session as good as new: rolls back, and discards its state if it has any.
        case reset(discarding: Bool)
    }

    /// How a work ended.
    struct Outcome: Sendable {
        var result: Result<[PostgresRows], Failure>
        /// Whether the session is outside a transaction and has no state of its own.
        var isClean = false
    }

    /// Which statement failed, and why.
    struct Failure: Error {
        let index: Int
        let error: PostgresError
    }

    let id: UInt64
    /// The connection the work is bound to; nil if any will do.
    let epoch: UInt64?
    let payload: Payload
    private let completion: @Sendable (Outcome) -> Void

    var statements: [PostgresQuery] = []
    var rows: [PostgresRows] = []
    var failure: Failure?
    var isCancelRequested = false
    /// Whether a cancel meant for a neighbour may hit this.
    var isExposedToCancel = false
    var startsInTransaction = false
    var resends = 0

    init(
        id: UInt64,
        epoch: UInt64?,
        payload: Payload,
        completion: @escaping @Sendable (Outcome) -> Void
    ) {
        self.id = id
        self.epoch = epoch
        self.payload = payload
        self.completion = completion
        if case .statements(let statements) = payload { self.statements = statements }
    }

    var byteCount: Int { statements.reduce(0) { $0 + $1.binds.byteCount } }

    var isReset: Bool {
        if case .reset = payload { true } else { false }
    }

    func fail(_ error: PostgresError, at index: Int) {
        failure = failure ?? Failure(index: index, error: error)
    }

    func complete(isClean: Bool) {
        let result: Result<[PostgresRows], Failure> = failure.map(Result.failure) ?? .success(rows)
        completion(Outcome(result: result, isClean: isClean))
    }

    /// Ends a work that was never sent.
    func refuse(_ error: PostgresError) {
        let sql = statements.first?.sql
        fail(sql.map(error.inQuery) ?? error, at: 0)
        complete(isClean: false)
    }

    /// Ends a work that was sent and has no answer, because the connection is gone.
    func lose(_ error: PostgresError) {
        let unanswered = statements.dropFirst(rows.count)
        if failure == nil, rows.count == statements.count, rows.last?.commandTag == "COMMIT" {
            return complete(isClean: false)
        }
        let sql = unanswered.first?.sql ?? statements.last?.sql
        var loss = sql.map(error.inQuery) ?? error
        if mayHaveHappened {
            loss.code = .outcomeUnknown
            loss.isRetriable = false
            loss.reason = "connection lost after the statement was sent: \(error.reason)"
        }
        fail(loss, at: min(rows.count, max(statements.count - 1, 0)))
        complete(isClean: false)
    }

    /// Whether something that lasts may have been done by what was sent and not answered.
    private var mayHaveHappened: Bool {
        if case .script = payload { return !startsInTransaction }
        if isReset { return false }
        let kinds = statements.map { StatementKind($0.sql) }
        if kinds.contains(.commit) { return true }
        if startsInTransaction || kinds.first == .begin { return false }
        // Everything up to the sync commits there, however many answers have come.
        return kinds.contains { $0 == .write || $0 == .other }
    }
}
