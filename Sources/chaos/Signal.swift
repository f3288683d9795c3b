import Synchronization

/// Tells whoever waits that something has changed.
final class Signal: Sendable {
    private struct State {
        var generation = 0
        var waiters: [AsyncStream<Void>.Continuation] = []
    }

    private let state = Mutex(State())

    /// Wakes everybody who waits.
    func fire() {
        let waiters = state.withLock { state in
            state.generation += 1
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.finish() }
    }

    /// Looks now and after every change until there is something to return.
    ///
    /// - Throws: what `look` throws, or `CancellationError`.
    func first<Value>(_ look: () throws -> Value?) async throws -> Value {
        while true {
            let seen = state.withLock(\.generation)
            if let value = try look() { return value }
            try await wait(after: seen)
        }
    }

    /// Waits for a change after a generation: none between a look and the wait is lost.
    private func wait(after generation: Int) async throws {
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
}

/// Why a scenario could not go on.
struct ChaosError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Limits how long something may take.
///
/// - Throws: what the body throws, or a ``ChaosError`` that says what did not come.
func within<Result: Sendable>(
    _ limit: Duration,
    _ what: String,
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw ChaosError("not within \(limit.text): \(what)")
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}

/// Asks again and again until the answer is yes, for what nobody signals; false when it was not.
func eventually(
    within limit: Duration,
    every pause: Duration = .milliseconds(50),
    _ condition: () async throws -> Bool
) async throws -> Bool {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else { return false }
        try await Task.sleep(for: pause)
    }
    return true
}

typealias Instant = ContinuousClock.Instant

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// `6.1 s`, or milliseconds below one second.
    var text: String {
        seconds < 1
            ? "\(Int((seconds * 1000).rounded())) ms"
            : "\((seconds * 10).rounded() / 10) s"
    }
}
