import Synchronization

/// How long things took.
final class Timings: Sendable {
    private let entries = Mutex<[(name: String, duration: Duration)]>([])

    /// What was noted, in order.
    var all: [(name: String, duration: Duration)] { entries.withLock(\.self) }

    func note(_ name: String, _ duration: Duration) {
        entries.withLock { $0.append((name, duration)) }
    }

    /// Does something and notes how long it took.
    func measure<Result>(
        _ name: String,
        _ body: () async throws -> Result
    ) async rethrows -> Result {
        let start = ContinuousClock.now
        let result = try await body()
        note(name, ContinuousClock.now - start)
        return result
    }
}
