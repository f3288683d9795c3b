import Synchronization

/// A value that is set once and can be waited for.
final class Binding: Sendable {
    private enum State {
        case waiting([Int: CheckedContinuation<String, any Error>], next: Int)
        case resolved(String)
        case failed
    }

    private let state = Mutex(State.waiting([:], next: 0))

    /// Sets the value; a second one is ignored.
    func resolve(_ value: String) { finish(.resolved(value), with: .success(value)) }

    /// Says that no value will come, unless one has come.
    func fail() { finish(.failed, with: .failure(Self.ended)) }

    /// The value, once it is there.
    func value() async throws -> String {
        let number = state.withLock { state -> Int in
            guard case .waiting(let waiters, let next) = state else { return -1 }
            state = .waiting(waiters, next: next + 1)
            return next
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { wait(number, $0) }
        } onCancel: {
            take(number)?.resume(throwing: CancellationError())
        }
    }

    private static var ended: SalesforceSimulatorError {
        SalesforceSimulatorError(reason: "The simulated Salesforce ended before it was bound.")
    }

    private func wait(_ number: Int, _ continuation: CheckedContinuation<String, any Error>) {
        let result = state.withLock { state -> Result<String, any Error>? in
            switch state {
            case .resolved(let value): return .success(value)
            case .failed: return .failure(Self.ended)
            case .waiting(var waiters, let next):
                // Read inside the lock: a cancellation that comes later finds the waiter here.
                if Task.isCancelled { return .failure(CancellationError()) }
                waiters[number] = continuation
                state = .waiting(waiters, next: next)
                return nil
            }
        }
        if let result { continuation.resume(with: result) }
    }

    private func take(_ number: Int) -> CheckedContinuation<String, any Error>? {
        state.withLock { state in
            guard case .waiting(var waiters, let next) = state else { return nil }
            let waiter = waiters.removeValue(forKey: number)
            state = .waiting(waiters, next: next)
            return waiter
        }
    }

    private func finish(_ end: State, with result: Result<String, any Error>) {
        let waiters = state.withLock { state -> [CheckedContinuation<String, any Error>] in
            guard case .waiting(let waiters, _) = state else { return [] }
            state = end
            return Array(waiters.values)
        }
        for waiter in waiters { waiter.resume(with: result) }
    }
}
