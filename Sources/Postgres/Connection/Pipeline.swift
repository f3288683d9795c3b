/// What is on its way over one connection, in the order the server will answer.
///
/// Each work ends in a sync of its own, so that the failure of one leaves its neighbours alone.
struct Pipeline: ~Copyable {
    /// A thing the server answers.
    enum Step {
        case prepare(Work, Int)
        case execute(Work, Int)
        case script(Work)
        case deallocate
        case sync(Work?)

        var work: Work? {
            switch self {
            case .prepare(let work, _), .execute(let work, _), .script(let work): work
            case .sync(let work): work
            case .deallocate: nil
            }
        }
    }

    let connection: ServerConnection
    let epoch: UInt64
    let thread: ConnectionThread
    var steps = FIFO<Step>()
    var cache: StatementCache
    /// Works that wait for the pipeline to be empty, or to be sent once more.
    var pending = FIFO<Work>()
    var statementsOnWay = 0
    var bytesOnWay = 0
    /// Whether the first step has been answered and only its end is missing.
    var isAnswered = false
    var cancelsOnWay = 0
    var isSessionTouched = false
    /// Whether the server itself said that it ends the session: then it did nothing of what follows.
    var isEndedByServer = false
    var isLastInTransaction = false
    var wantsWrite = false
    /// Why the connection is of no more use.
    private(set) var loss: PostgresError?
    /// When the first work must have been answered.
    var deadline: ContinuousClock.Instant?

    init(_ connection: consuming ServerConnection, epoch: UInt64, thread: ConnectionThread) {
        self.connection = connection
        self.epoch = epoch
        self.thread = thread
        cache = StatementCache(capacity: thread.settings.preparedStatements)
    }

    var socket: Int32 { connection.socket }

    var isIdle: Bool { steps.isEmpty && pending.isEmpty && cancelsOnWay == 0 }

    /// Whether a further work would be sent now.
    var takesWork: Bool {
        pending.isEmpty && cancelsOnWay == 0 && loss == nil
            && statementsOnWay < ConnectionSettings.windowStatements
            && bytesOnWay < ConnectionSettings.windowBytes
    }

    var timeLeft: Duration? {
        deadline.map { max(ContinuousClock.now.duration(to: $0), .zero) }
    }

    mutating func lose(_ reason: String) {
        loss = loss ?? .connection(reason)
    }

    /// Asks the server to stop a work that has been sent; one that has not been sent just ends.
    mutating func cancel(_ id: UInt64) {
        if let work = pending.remove(where: { $0.id == id }) { return work.refuse(.cancelled) }
        let isFirst = steps.first?.work?.id == id
        guard isFirst || steps.contains(where: { $0.work?.id == id }) else { return }
        if isFirst {
            requestCancelOfFirst()
        } else {
            markCancelled(id)
        }
    }

    /// The server runs one statement at a time, so a cancel waits until its work's turn has come.
    private mutating func markCancelled(_ id: UInt64) {
        _ = steps.contains { step in
            guard let work = step.work, work.id == id else { return false }
            work.isCancelRequested = true
            return true
        }
    }

    mutating func requestCancelOfFirst() {
        guard let work = steps.first?.work, !work.isReset else { return }
        work.isCancelRequested = true
        deadline = .now + ConnectionSettings.grace
        // The signal may come late and hit one of those behind.
        _ = steps.contains { step in
            step.work?.isExposedToCancel = true
            return false
        }
        guard cancelsOnWay == 0, let request = connection.makeCancelRequest() else { return }
        cancelsOnWay += 1
        request.send { [thread, epoch] in thread.cancelWasDelivered(epoch: epoch) }
    }

    /// Until then nothing more is sent, so that the signal finds nothing else to hit.
    mutating func cancelWasDelivered(epoch: UInt64) {
        if epoch == self.epoch { cancelsOnWay -= 1 }
    }

    /// Ends everything that has been sent or waits to be, once the connection is lost.
    mutating func failAll(_ error: PostgresError) {
        var last: Work?
        let first = steps.first?.work
        for work in steps.removeAll().compactMap(\.work) where work !== last {
            last = work
            if isEndedByServer, work !== first { work.refuse(error) } else { work.lose(error) }
        }
        for work in pending.removeAll() { work.refuse(error) }
    }
}
