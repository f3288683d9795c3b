import Synchronization

/// A wake-up that is latched: fired before anyone waits, it is not lost; fired twice, it wakes once.
///
/// One waiter at a time. A wait that is cancelled or runs out leaves the signal as it was, which an
/// `AsyncStream` would not: it ends with the task that reads it.
final class Signal: Sendable {
    private struct State {
        var isFired = false
        var isFinished = false
        var waiter: CheckedContinuation<Bool, Never>?

        mutating func takeWaiter() -> CheckedContinuation<Bool, Never>? {
            defer { waiter = nil }
            return waiter
        }
    }

    private let state = Mutex(State())

    func fire() {
        state.withLock { state in
            let waiter = state.takeWaiter()
            if waiter == nil { state.isFired = true }
            return waiter
        }?.resume(returning: true)
    }

    /// Ends every wait, now and later.
    func finish() {
        state.withLock { state in
            state.isFinished = true
            return state.takeWaiter()
        }?.resume(returning: false)
    }

    /// Waits for the next wake-up; false when there will be none or the task was cancelled.
    func wait() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result = state.withLock { state -> Bool? in
                    if state.isFired {
                        state.isFired = false
                        return true
                    }
                    // The handler below may have run before there was anything to cancel.
                    if state.isFinished || Task.isCancelled { return false }
                    state.waiter = continuation
                    return nil
                }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            state.withLock { $0.takeWaiter() }?.resume(returning: false)
        }
    }

    /// Waits for the next wake-up, but no longer than the budget; false when that ran out.
    func wait(atMost budget: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.wait() }
            group.addTask {
                // Cancelled as soon as the wake-up came: then the result is of no interest.
                try? await Task.sleep(for: budget)
                return false
            }
            var fired = await group.next() ?? false
            group.cancelAll()
            // It may have come while the budget ran out.
            for await other in group { fired = fired || other }
            return fired
        }
    }
}
