public import Logging
internal import Synchronization

/// Connections to one server, lent to tasks.
///
/// ``run()`` owns everything that goes on in the background: a thread for each connection, which
/// makes its connection again whenever it is lost, with growing waits. Single statements of all
/// tasks share a few connections, pipelined; transactions and scopes get one of their own.
public final class PostgresPool: Sendable {
    /// What the lock guards: the decisions, and what is needed to carry them out.
    struct State {
        var machine: PoolStateMachine
        var threads: [Int: ConnectionThread] = [:]
        var waits: [UInt64: CheckedContinuation<Result<Lease, PostgresError>, Never>] = [:]
        var nextWaiter: UInt64 = 0
        var endings: [CheckedContinuation<Void, Never>] = []
        var isFinished = false
    }

    let configuration: PostgresConfiguration
    let state: Mutex<State>
    private let settings: ConnectionSettings
    private let logger: Logger

    /// Makes a pool that connects once ``run()`` is called.
    ///
    /// - Parameters:
    ///   - configuration: where to, and with how many connections.
    ///   - logger: is told of lost connections (info) and the server's notices (debug).
    public init(_ configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        settings = configuration.connectionSettings
        let machine = PoolStateMachine(
            minimum: configuration.minimumConnections,
            maximum: configuration.maximumConnections,
            shared: configuration.sharedConnections,
            waitingLimit: configuration.maximumWaiting
        )
        state = Mutex(State(machine: machine))
    }

    /// Keeps the connections until ``close()`` or until the task is cancelled, and returns when the
    /// last thread has ended: scopes that are still running end first.
    public func run() async throws {
        await withTaskCancellationHandler {
            carryOut(state.withLock { $0.machine.start() })
            await withCheckedContinuation { continuation in
                let isFinished = state.withLock { state in
                    if !state.isFinished { state.endings.append(continuation) }
                    return state.isFinished
                }
                if isFinished { continuation.resume() }
            }
        } onCancel: {
            close()
        }
    }

    /// Lends no more connections, refuses who waits, and ends ``run()`` once what was lent is back.
    public func close() {
        carryOut(state.withLock { $0.machine.close() })
    }

    /// What the connections are doing now.
    public var status: PoolStatus { state.withLock(\.machine.status) }

    func thread(_ slot: Int) -> ConnectionThread? { state.withLock { $0.threads[slot] } }

    func carryOut(_ action: PoolStateMachine.Action) {
        for slot in action.starting { start(slot) }
        for slot in action.closing { thread(slot)?.close() }
        for (waiter, grant) in action.granting {
            let (wait, thread) = state.withLock {
                ($0.waits.removeValue(forKey: waiter), $0.threads[grant.slot])
            }
            let lease = thread.map { Lease(grant: grant, thread: $0) }
            wait?.resume(
                returning: lease.map(Result.success) ?? .failure(.closed("the pool is closed"))
            )
        }
        for (waiter, error) in action.refusing {
            state.withLock { $0.waits.removeValue(forKey: waiter) }?
                .resume(returning: .failure(error))
        }
        guard action.isFinished else { return }
        let endings = state.withLock { state in
            state.isFinished = true
            defer { state.endings = [] }
            return state.endings
        }
        for ending in endings { ending.resume() }
    }

    private func start(_ slot: Int) {
        let kind = state.withLock { $0.machine.kind(of: slot) }
        let name = "\(configuration.threadName)-\(kind == .shared ? "all" : "own")-\(slot)"
        let thread = ConnectionThread(name: name, settings: settings, logger: logger) { event in
            self.handle(event, of: slot)
        }
        let isClosing = state.withLock { state in
            state.threads[slot] = thread
            return !state.machine.isRunning
        }
        thread.start()
        // It was closed before there was a thread to tell.
        if isClosing { thread.close() }
    }

    private func handle(_ event: ConnectionThread.Event, of slot: Int) {
        switch event {
        case .connected(let epoch):
            carryOut(state.withLock { $0.machine.connected(slot, epoch: epoch) })
        case .disconnected(let error):
            state.withLock { $0.machine.disconnected(slot, error) }
        case .ended:
            carryOut(
                state.withLock { state in
                    state.threads[slot] = nil
                    return state.machine.ended(slot)
                }
            )
        }
    }
}
