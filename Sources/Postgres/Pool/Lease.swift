internal import Synchronization

/// The right to use one session of one connection, until it ends.
final class Lease: Sendable {
    let grant: PoolStateMachine.Grant
    private let thread: ConnectionThread
    private let state = Mutex(State())

    private struct State {
        var hasEnded = false
        /// Whether the last thing done left the session as good as new.
        var isClean = true
    }

    init(grant: PoolStateMachine.Grant, thread: ConnectionThread) {
        self.grant = grant
        self.thread = thread
    }

    /// Sends statements in one go on this session.
    func perform(_ payload: Work.Payload) async -> Work.Outcome {
        await record { await thread.perform(payload, epoch: grant.epoch) }
    }

    /// Sends a statement on the connection, in whichever session it is.
    func performUnbound(_ payload: Work.Payload) async -> Work.Outcome {
        await thread.perform(payload, epoch: nil)
    }

    /// The same, whether the task is cancelled or not.
    func performShielded(_ payload: Work.Payload) async -> Work.Outcome {
        await record { await thread.performShielded(payload, epoch: grant.epoch) }
    }

    func makeNotifications() -> PostgresNotifications { thread.makeNotifications() }

    /// Makes the session as good as new; one that does not get so is closed by its thread.
    func end(discarding: Bool) async {
        let isClean = state.withLock { state in
            state.hasEnded = true
            return state.isClean
        }
        guard discarding || !isClean else { return }
        _ = await thread.performShielded(.reset(discarding: discarding), epoch: grant.epoch)
    }

    private func record(_ body: () async -> Work.Outcome) async -> Work.Outcome {
        guard !state.withLock(\.hasEnded) else {
            let error = PostgresError.closed("used after the scope it was lent for")
            return Work.Outcome(result: .failure(Work.Failure(index: 0, error: error)))
        }
        state.withLock { $0.isClean = false }
        let outcome = await body()
        state.withLock { $0.isClean = outcome.isClean }
        return outcome
    }
}
