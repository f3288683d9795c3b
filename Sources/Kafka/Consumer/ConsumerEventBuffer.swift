internal import Synchronization

/// Hands events from the polling thread to the one task that reads them.
final class ConsumerEventBuffer: Sendable {
    private struct State {
        var queue: ConsumerEventQueue
        var reader: CheckedContinuation<ConsumerEvent?, Never>?
        var isFinished = false
    }

    private let state: Mutex<State>
    private let onRoom: @Sendable () -> Void

    /// Makes a buffer that calls back when its records have fallen to half of the limit.
    init(limit: Int, maxBatch: Int, onRoom: @escaping @Sendable () -> Void) {
        state = Mutex(State(queue: ConsumerEventQueue(limit: limit, maxBatch: maxBatch)))
        self.onRoom = onRoom
    }

    var isSaturated: Bool { state.withLock { $0.queue.isSaturated } }
    var room: Int { state.withLock { $0.queue.room } }

    func append(_ event: ConsumerEvent) {
        let delivery = state.withLock {
            state -> (CheckedContinuation<ConsumerEvent?, Never>, ConsumerEvent)? in
            guard !state.isFinished else { return nil }
            state.queue.append(event)
            guard let reader = state.reader, let first = state.queue.popFirst() else { return nil }
            state.reader = nil
            return (reader, first)
        }
        if let (reader, event) = delivery { reader.resume(returning: event) }
    }

    func dropRecords(of partitions: Set<TopicPartition>) {
        state.withLock { $0.queue.dropRecords(of: partitions) }
    }

    /// Ends the events once those that wait are read.
    func finish() {
        let reader = state.withLock { state in
            state.isFinished = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }

    func next(isolation actor: isolated (any Actor)?) async -> ConsumerEvent? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { reader in install(reader) }
        } onCancel: {
            removeReader()?.resume(returning: nil)
        }
    }

    private func install(_ reader: CheckedContinuation<ConsumerEvent?, Never>) {
        let (answer, hasRoom) = state.withLock { state -> (ConsumerEvent??, Bool) in
            precondition(state.reader == nil, "a consumer's events have one reader")
            let wasSaturated = state.queue.isSaturated
            if let event = state.queue.popFirst() {
                return (.some(event), wasSaturated && !state.queue.isSaturated)
            }
            if state.isFinished || Task.isCancelled { return (.some(nil), false) }
            state.reader = reader
            return (nil, false)
        }
        if hasRoom { onRoom() }
        if let answer { reader.resume(returning: answer) }
    }

    private func removeReader() -> CheckedContinuation<ConsumerEvent?, Never>? {
        state.withLock { state in
            defer { state.reader = nil }
            return state.reader
        }
    }
}
