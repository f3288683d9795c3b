import Synchronization

/// Tells whoever waits that something has changed.
///
/// Take ``generation``, look, then wait for a later one: no change between the two is lost.
final class Signal: Sendable {
    private struct State {
        var generation = 0
        var waiters: [AsyncStream<Void>.Continuation] = []
    }

    private let state = Mutex(State())

    /// How many changes there were.
    var generation: Int { state.withLock(\.generation) }

    /// Wakes everybody who waits.
    func fire() {
        let waiters = state.withLock { state in
            state.generation += 1
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.finish() }
    }

    /// Waits for a change after a generation.
    ///
    /// - Throws: `CancellationError` where the task is cancelled.
    func wait(after generation: Int) async throws {
        let (changes, continuation) = AsyncStream<Void>.makeStream()
        state.withLock { state in
            if state.generation == generation {
                state.waiters.append(continuation)
            } else {
                continuation.finish()
            }
        }
        for await _ in changes {}
        try Task.checkCancellation()
    }

    /// Looks now and after every change until there is something to return.
    ///
    /// - Throws: what `look` throws, or `CancellationError`.
    func first<Value>(_ look: () throws -> Value?) async throws -> Value {
        while true {
            let seen = generation
            if let value = try look() { return value }
            try await wait(after: seen)
        }
    }
}
