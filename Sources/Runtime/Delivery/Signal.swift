/// A wake-up that is latched: fired before anyone waits, it is not lost; fired twice, it wakes once.
///
/// One waiter at a time.
struct Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func fire() {
        continuation.yield()
    }

    /// Ends every wait, now and later.
    func finish() {
        continuation.finish()
    }

    /// Waits for the next wake-up; false when there will be none or the task was cancelled.
    func wait() async -> Bool {
        for await _ in stream { return true }
        return false
    }

    /// Waits for the next wake-up, but no longer than the budget; false when that ran out.
    func wait(atMost budget: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await wait() }
            group.addTask {
                // Cancelled as soon as the wake-up came: then the result is of no interest.
                try? await Task.sleep(for: budget)
                return false
            }
            let fired = await group.next() ?? false
            group.cancelAll()
            return fired
        }
    }
}
