internal import Logging
internal import Synchronization

/// A connection that is made again whenever it is lost, and the thread that alone touches it.
///
/// Any task may hand it work; the thread, named after the connection, sends what waits in libpq's
/// pipeline mode and hands each result back. No cooperative thread ever waits for the socket.
final class ConnectionThread: Sendable {
    /// What the pool is told, on the connection's thread.
    enum Event: Sendable {
        case connected(epoch: UInt64)
        case disconnected(PostgresError)
        case ended
    }

    let name: String
    let settings: ConnectionSettings
    let logger: Logger
    let wakePipe = WakePipe()
    let inbox: Mutex<Inbox>
    private let notificationSink = Mutex<PostgresNotifications.Continuation?>(nil)
    private let report: @Sendable (Event) -> Void

    init(
        name: String,
        settings: ConnectionSettings,
        logger: Logger,
        report: @escaping @Sendable (Event) -> Void
    ) {
        self.name = name
        self.settings = settings
        self.report = report
        inbox = Mutex(Inbox(capacity: settings.queueCapacity))
        var logger = logger
        logger[metadataKey: "postgres.connection"] = "\(name)"
        self.logger = logger
    }

    func start() {
        NamedThread.spawn(name: name) {
            var loop = ConnectionLoop(self)
            loop.run()
            self.report(.ended)
        }
    }

    /// Waits until the work is done, or cancelled on the server if the task is cancelled.
    func perform(_ payload: Work.Payload, epoch: UInt64?) async -> Work.Outcome {
        let id = inbox.withLock { $0.makeID() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit(
                    Work(id: id, epoch: epoch, payload: payload) {
                        continuation.resume(returning: $0)
                    }
                )
                // The handler may have run before there was anything to cancel.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Waits until the work is done even if the task is cancelled, because others depend on it.
    func performShielded(_ payload: Work.Payload, epoch: UInt64?) async -> Work.Outcome {
        let id = inbox.withLock { $0.makeID() }
        return await withCheckedContinuation { continuation in
            submit(
                Work(id: id, epoch: epoch, payload: payload) { continuation.resume(returning: $0) }
            )
        }
    }

    /// Ends the thread once all it has taken is done.
    func close() {
        if inbox.withLock({ $0.postClose() }) { wakePipe.wake() }
    }

    /// The notifications of this session from now on; those before are replaced and end.
    func makeNotifications() -> PostgresNotifications {
        let notifications = PostgresNotifications()
        let old = notificationSink.withLock { sink in
            defer { sink = notifications.continuation }
            return sink
        }
        old?.finish()
        return notifications
    }

    func endNotifications(_ error: PostgresError?) {
        let sink = notificationSink.withLock { sink in
            defer { sink = nil }
            return sink
        }
        sink?.finish(throwing: error)
    }

    func deliver(_ notification: PostgresNotification) {
        _ = notificationSink.withLock(\.self)?.yield(notification)
    }

    func tell(_ event: Event) { report(event) }

    func cancelWasDelivered(epoch: UInt64) {
        if inbox.withLock({ $0.postDeliveredCancel(epoch: epoch) }) { wakePipe.wake() }
    }

    private func submit(_ work: Work) {
        switch inbox.withLock({ $0.submit(work) }) {
        case .accepted(let wakes): if wakes { wakePipe.wake() }
        case .refused(let error): work.refuse(error)
        }
    }

    private func cancel(_ id: UInt64) {
        if inbox.withLock({ $0.postCancel(id) }) { wakePipe.wake() }
    }
}
