internal import Synchronization

/// A result that is set once and may be awaited by one task, before or after.
final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case awaited(CheckedContinuation<Value, Never>)
        case full(Value)
    }

    private let state = Mutex<State>(.empty)

    /// Sets the result; a later one is ignored.
    func fulfil(_ value: Value) {
        let waiter: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .empty:
                state = .full(value)
                return nil
            case .awaited(let continuation):
                state = .full(value)
                return continuation
            case .full:
                return nil
            }
        }
        waiter?.resume(returning: value)
    }

    /// Waits for the result, whatever happens to the task: the one who fulfils always does.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let ready: Value? = state.withLock { state in
                switch state {
                case .empty:
                    state = .awaited(continuation)
                    return nil
                case .awaited:
                    preconditionFailure("one task awaits a result, not two")
                case .full(let value):
                    return value
                }
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }
}
