internal import Logging
internal import Synchronization

/// The life of a connection's thread: connect, serve, and connect again until told to close.
struct ConnectionLoop: ~Copyable {
    private let thread: ConnectionThread
    private var backoff = Backoff()
    private var epoch: UInt64 = 0

    init(_ thread: ConnectionThread) {
        self.thread = thread
    }

    mutating func run() {
        while !isClosing {
            do throws(PostgresError) {
                let connection = try connect()
                epoch += 1
                let since = ContinuousClock.now
                let loss = serve(Pipeline(connection, epoch: epoch, thread: thread))
                if since.duration(to: .now) > .seconds(1) { backoff.reset() }
                guard let loss else { break }
                thread.logger.info(
                    "connection lost",
                    metadata: ["postgres.reason": "\(loss.reason)"]
                )
                disconnect(loss)
            } catch {
                disconnect(error)
            }
            pause(backoff.take())
        }
        disconnect(.closed("the pool is closed"))
    }

    private var isClosing: Bool { thread.inbox.withLock(\.isClosing) }

    /// Refuses what waits, and tells the pool.
    private func disconnect(_ error: PostgresError) {
        let unsent = thread.inbox.withLock { $0.goDown(error) }
        // The pool first: who is told that a connection is gone must not be handed the same again.
        thread.tell(.disconnected(error))
        thread.endNotifications(error.code == .closed ? nil : error)
        for work in unsent { work.refuse(error) }
    }

    private func pause(_ duration: Duration) {
        let end = ContinuousClock.now + duration
        while !isClosing, ContinuousClock.now < end {
            _ = thread.inbox.withLock { inbox in
                _ = inbox.takeSignals()
                return inbox.fallAsleep(takesWork: false, mindsClosing: true)
            }
            thread.wakePipe.sleep(timeout: ContinuousClock.now.duration(to: end))
        }
    }

    private func connect() throws(PostgresError) -> ServerConnection {
        let connection = try ServerConnection(thread.settings.parameters, logger: thread.logger)
        let deadline = ContinuousClock.now + thread.settings.connectTimeout
        // PQconnectPoll's manual: begin as if it had asked to write.
        var progress = connection.isBroken ? .failed : ServerConnection.Progress.wantsWrite
        while true {
            switch progress {
            case .connected:
                guard connection.enterPipeline() else { throw .connection(connection.message) }
                return connection
            case .failed:
                throw .connection(connection.message)
            case .wantsRead, .wantsWrite:
                let left = ContinuousClock.now.duration(to: deadline)
                guard left > .zero else {
                    throw .connection("no answer within \(thread.settings.connectTimeout)")
                }
                guard !isClosing else { throw .closed("the pool is closed") }
                _ = thread.inbox.withLock { $0.fallAsleep(takesWork: false, mindsClosing: true) }
                thread.wakePipe.sleep(
                    socket: connection.socket,
                    wantsOnlyWrite: progress == .wantsWrite,
                    timeout: left
                )
                progress = connection.advance()
            }
        }
    }

    /// Serves until the connection is lost, and returns why; nil if it was closed in peace.
    private func serve(_ pipeline: consuming Pipeline) -> PostgresError? {
        thread.inbox.withLock { $0.goUp(epoch: epoch) }
        thread.tell(.connected(epoch: epoch))
        var isReadable = true
        while true {
            takeSignals(&pipeline)
            takeWork(&pipeline)
            pipeline.exchange(isReadable: isReadable)
            isReadable = false
            if let loss = pipeline.loss {
                disconnect(loss)
                pipeline.failAll(loss)
                return loss
            }
            let (isClosing, isEmpty) = thread.inbox.withLock { ($0.isClosing, $0.works.isEmpty) }
            if isClosing, isEmpty, pipeline.isIdle { return nil }
            if pipeline.canSendPending { continue }
            let takesWork = pipeline.takesWork
            let mindsClosing = pipeline.isIdle
            if thread.inbox.withLock({
                $0.fallAsleep(takesWork: takesWork, mindsClosing: mindsClosing)
            }) {
                isReadable = thread.wakePipe.sleep(
                    socket: pipeline.socket,
                    wantsWrite: pipeline.wantsWrite,
                    timeout: pipeline.timeLeft
                )
                thread.inbox.withLock { $0.wakeUp() }
            }
        }
    }

    private func takeSignals(_ pipeline: inout Pipeline) {
        let signals = thread.inbox.withLock { $0.takeSignals() }
        for epoch in signals.deliveredCancels { pipeline.cancelWasDelivered(epoch: epoch) }
        for id in signals.cancels {
            if let work = thread.inbox.withLock({ $0.takeWork(id: id) }) {
                work.refuse(.cancelled)
            } else {
                pipeline.cancel(id)
            }
        }
    }

    private func takeWork(_ pipeline: inout Pipeline) {
        pipeline.sendPending()
        while pipeline.takesWork, let work = thread.inbox.withLock({ $0.takeWork() }) {
            pipeline.send(work)
        }
    }
}
