internal import CPostgreSQL

extension Pipeline {
    /// Reads and writes what the socket gives and takes, and hands out the answers that are complete.
    mutating func exchange(isReadable: Bool) {
        guard loss == nil else { return }
        read(isReadable: isReadable)
        wantsWrite = connection.flush()
        while let step = steps.first, !connection.isBusy {
            let sql = sql(of: step)
            if let result = connection.nextResult(sql: sql) {
                receive(result, for: step)
            } else if isAnswered {
                endFirst()
            } else if connection.isBroken {
                lose(connection.message)
            }
            if loss != nil || connection.isBroken { break }
        }
        while let notification = connection.nextNotification() { thread.deliver(notification) }
        if connection.isBroken { lose(connection.message) }
        if let deadline, !steps.isEmpty, deadline <= .now { lose("the server does not answer") }
        wantsWrite = loss == nil && connection.flush()
    }

    /// A TLS record has 16 KB at most and libpq reads 8 KB at least, so a third read leaves nothing
    /// behind that `poll` would not tell of.
    private mutating func read(isReadable: Bool) {
        let reads = connection.isEncrypted ? 3 : isReadable ? 1 : 0
        for _ in 0..<reads where !connection.consumeInput() { lose(connection.message) }
    }

    private func sql(of step: Step) -> String {
        switch step {
        case .prepare(let work, let index), .execute(let work, let index):
            work.statements[index].sql
        case .script, .deallocate, .sync: ""
        }
    }

    private mutating func receive(_ result: ResultHandle, for step: Step) {
        isAnswered = true
        switch result.status {
        case PGRES_FATAL_ERROR: receiveError(result, for: step)
        case PGRES_PIPELINE_SYNC: endSync(step)
        case PGRES_PIPELINE_ABORTED: forgetPreparation(step)
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            lose("COPY to or from the client is not supported")
        default: receiveRows(result, for: step)
        }
    }

    private mutating func receiveRows(_ result: ResultHandle, for step: Step) {
        switch step {
        case .execute(let work, _):
            work.rows.append(PostgresRows(result))
            noteSessionState(result.commandTag, sql: result.sql)
        case .script(let work): work.rows.append(PostgresRows(result))
        case .prepare, .deallocate, .sync: break
        }
    }

    private mutating func receiveError(_ result: ResultHandle, for step: Step) {
        // Without a SQLSTATE it is libpq's own, and the connection is gone.
        guard var error = result.serverError() else { return lose(connection.message) }
        forgetPreparation(step)
        if error.code == .connection {
            isEndedByServer = true
            // The commit that comes with a sync may have been done or not.
            if case .sync = step { return lose(error.reason) }
        }
        guard let work = step.work else { return }
        if error.sqlState == .queryCanceled {
            error.code =
                work.isCancelRequested ? .cancelled : work.isExposedToCancel ? .server : .timeout
        }
        let index: Int
        switch step {
        case .prepare(_, let at): index = at
        case .execute(_, let at):
            index = at
            if error.code == .connection, StatementKind(result.sql) == .commit {
                error.code = .outcomeUnknown
                error.isRetriable = false
            }
            if [.invalidStatementName, .featureNotSupported].contains(error.sqlState) {
                cache.remove(work.statements[at], evicting: error.sqlState == .featureNotSupported)
            }
        case .script, .sync, .deallocate: index = max(work.statements.count - 1, 0)
        }
        work.fail(error, at: index)
    }

    /// What was not prepared must not be taken for prepared.
    private mutating func forgetPreparation(_ step: Step) {
        if case .prepare(let work, let index) = step {
            cache.remove(work.statements[index], evicting: false)
        }
    }

    /// The end of a step's results, which libpq shows as a null one; a sync has none.
    private mutating func endFirst() {
        if case .sync = steps.first { return }
        guard let step = steps.popFirst() else { return }
        isAnswered = false
        guard case .script(let work) = step else { return }
        guard connection.enterPipeline() else { return lose(connection.message) }
        end(work)
    }

    private mutating func endSync(_ step: Step) {
        isAnswered = false
        guard case .sync(let work) = step else { return lose("libpq answered out of order") }
        steps.popFirst()
        if let work {
            statementsOnWay -= work.statements.count
            bytesOnWay -= work.byteCount
            end(work)
        } else {
            startNextTimer()
        }
    }

    private mutating func end(_ work: Work) {
        startNextTimer()
        if shouldResend(work) {
            work.failure = nil
            work.rows.removeAll()
            work.resends += 1
            return pending.append(work)
        }
        if work.isReset {
            if let failure = work.failure { lose("reset failed: \(failure.error.reason)") }
            isSessionTouched = false
        }
        let isClean =
            steps.isEmpty && cancelsOnWay == 0 && !isSessionTouched
            && connection.isOutsideTransaction
        work.complete(isClean: isClean)
    }

    private mutating func startNextTimer() {
        guard let next = steps.first?.work else { return deadline = nil }
        startTimer(statements: next.statements.count)
        if next.isCancelRequested { requestCancelOfFirst() }
    }

    /// A single statement that failed in its own transaction had no effect, so it may be sent again
    /// if it failed for a reason that was none of its own: its plan was stale or lost, or a cancel
    /// that was meant for a neighbour hit it.
    private func shouldResend(_ work: Work) -> Bool {
        guard let error = work.failure?.error, work.resends < 3, !work.isCancelRequested,
            case .statements = work.payload, work.statements.count == 1, !work.startsInTransaction
        else { return false }
        switch error.sqlState {
        case .invalidStatementName: return cache.isEnabled
        case .featureNotSupported: return error.isRetriable
        case .queryCanceled: return work.isExposedToCancel
        default: return false
        }
    }

    private mutating func noteSessionState(_ tag: String, sql: String) {
        switch tag {
        case "DISCARD ALL":
            cache.removeAll()
            thread.endNotifications(nil)
        case "DEALLOCATE ALL": cache.removeAll()
        case "SET": if !sql.uppercased().contains("LOCAL") { isSessionTouched = true }
        case "LISTEN", "PREPARE", "CREATE TABLE": isSessionTouched = true
        default: break
        }
    }
}
