extension Pipeline {
    /// Sends a work, or keeps it until the pipeline is empty if it needs that.
    mutating func send(_ work: Work) {
        if let index = work.statements.firstIndex(where: { $0.binds.failure != nil }) {
            let statement = work.statements[index]
            let reason = statement.binds.failure ?? ""
            work.fail(
                PostgresError(
                    code: .encoding,
                    reason: "parameter: \(reason)",
                    query: statement.sql
                ),
                at: index
            )
            return work.complete(isClean: false)
        }
        if case .statements = work.payload {
            sendStatements(of: work)
        } else {
            pending.append(work)
            sendPending()
        }
    }

    /// Whether something waits that could go out now.
    var canSendPending: Bool {
        guard cancelsOnWay == 0, let work = pending.first else { return false }
        if case .statements = work.payload { return true }
        return steps.isEmpty
    }

    /// Sends what waited for the pipeline to be empty, or for a cancel to have passed.
    mutating func sendPending() {
        while canSendPending, let work = pending.popFirst() {
            switch work.payload {
            case .script(let sql): sendScript(sql, of: work)
            case .reset(let discarding): sendReset(of: work, discarding: discarding)
            case .statements: sendStatements(of: work)
            }
        }
    }

    private mutating func sendStatements(of work: Work) {
        // Works of an exclusive connection that follow closely share a transaction; those of a
        // shared connection, bound to no epoch, never are in one.
        work.startsInTransaction =
            steps.isEmpty
            ? !connection.isOutsideTransaction : work.epoch != nil && isLastInTransaction
        isLastInTransaction = work.startsInTransaction
        if !work.startsInTransaction { deallocateEvicted() }
        if steps.isEmpty { startTimer(statements: work.statements.count) }
        for (index, query) in work.statements.enumerated() {
            let isTaken =
                cache.isEnabled && StatementKind(query.sql).isWorthPreparing
                ? sendPrepared(query, of: work, at: index)
                : sendUnprepared(query, of: work, at: index)
            guard isTaken else { return lose(connection.message) }
        }
        steps.append(.sync(work))
        statementsOnWay += work.statements.count
        bytesOnWay += work.byteCount
        if !connection.sync() { lose(connection.message) }
    }

    private mutating func sendPrepared(_ query: PostgresQuery, of work: Work, at index: Int) -> Bool
    {
        var known = cache.name(for: query)
        if known == nil {
            let name = cache.add(query)
            steps.append(.prepare(work, index))
            guard connection.sendPrepare(name, query) else { return false }
            known = name
        }
        guard let known else { return false }
        steps.append(.execute(work, index))
        return connection.sendPrepared(known, query)
    }

    private mutating func sendUnprepared(_ query: PostgresQuery, of work: Work, at index: Int)
        -> Bool
    {
        steps.append(.execute(work, index))
        return connection.sendUnprepared(query)
    }

    /// libpq 15 cannot close a prepared statement by protocol, so it is done in SQL.
    private mutating func deallocateEvicted() {
        for name in cache.takeEvicted() {
            steps.append(.deallocate)
            steps.append(.sync(nil))
            guard connection.sendUnprepared(PostgresQuery(unescaped: "DEALLOCATE \(name)")),
                connection.sync()
            else { return lose(connection.message) }
        }
    }

    private mutating func sendScript(_ sql: String, of work: Work) {
        work.startsInTransaction = !connection.isOutsideTransaction
        steps.append(.script(work))
        isSessionTouched = true
        guard connection.exitPipeline(), connection.sendScript(sql) else {
            return lose(connection.message)
        }
    }

    private mutating func sendReset(of work: Work, discarding: Bool) {
        work.startsInTransaction = true
        if !connection.isOutsideTransaction { work.statements.append("ROLLBACK") }
        if discarding || isSessionTouched { work.statements.append("DISCARD ALL") }
        guard !work.statements.isEmpty else { return work.complete(isClean: true) }
        startTimer(statements: work.statements.count)
        for (index, statement) in work.statements.enumerated() {
            // A sync each: DISCARD ALL refuses to share one.
            steps.append(.execute(work, index))
            steps.append(.sync(index == work.statements.count - 1 ? work : nil))
            guard connection.sendUnprepared(statement), connection.sync() else {
                return lose(connection.message)
            }
        }
        statementsOnWay += work.statements.count
    }

    /// The server keeps the time limit; this one is for a server that is not there any more.
    mutating func startTimer(statements: Int) {
        deadline = thread.settings.statementTimeout.map {
            .now + $0 * max(statements, 1) + ConnectionSettings.grace
        }
    }
}
