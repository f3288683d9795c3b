import DequeModule
import FoundationEssentials
import Logging
import Store
import Synchronization

/// What became of a completion that was submitted.
enum Submission: Sendable {
    case result(CompletionResult)
    /// The database refuses it for good.
    case impossible(any Error)
    /// The worker stopped first; it is not known to be written.
    case stopped
}

/// Writes completions in batches: what arrives while a transaction runs shares the next one.
///
/// Owns no thread and no timer: an idle completer writes the first completion at once, a busy one
/// batches by itself. Records are handed to the publisher in the order they were committed.
final class Completer: Sendable {
    private struct Waiting {
        let completion: Completion
        let continuation: CheckedContinuation<Submission, Never>
    }

    private struct State {
        var queue: Deque<Waiting> = []
        var running = 0
        var isClosed = false
    }

    private let store: Store
    private let publisher: Publisher
    private let database: DatabaseWatch
    private let rehearsal: Rehearsal?
    private let logger: Logger
    private let maximumBatch: Int
    private let maximumWriters: Int
    private let state = Mutex(State())
    private let signal = Signal()

    init(
        store: Store,
        publisher: Publisher,
        database: DatabaseWatch,
        logger: Logger,
        rehearsal: Rehearsal?,
        maximumBatch: Int = 64,
        maximumWriters: Int = 2
    ) {
        self.store = store
        self.publisher = publisher
        self.database = database
        self.rehearsal = rehearsal
        self.logger = logger
        self.maximumBatch = maximumBatch
        self.maximumWriters = maximumWriters
    }

    /// Waits until a completion is written, or is known to have no effect.
    func submit(_ completion: Completion) async -> Submission {
        await withCheckedContinuation { continuation in
            let isClosed = state.withLock { state in
                if !state.isClosed {
                    state.queue.append(
                        Waiting(completion: completion, continuation: continuation)
                    )
                }
                return state.isClosed
            }
            if isClosed { continuation.resume(returning: .stopped) } else { signal.fire() }
        }
    }

    /// Ends ``run()`` once what was submitted is written.
    func close() {
        state.withLock { $0.isClosed = true }
        signal.fire()
    }

    /// Writes until ``close()``.
    func run() async {
        await withDiscardingTaskGroup { group in
            while await signal.wait() {
                while let batch = takeBatch() {
                    group.addTask { await self.write(batch) }
                }
                if state.withLock({ $0.isClosed && $0.queue.isEmpty && $0.running == 0 }) { return }
            }
        }
        state.withLock { state in
            state.isClosed = true
            defer { state.queue = [] }
            return state.queue
        }.forEach { $0.continuation.resume(returning: .stopped) }
    }

    private func takeBatch() -> [Waiting]? {
        state.withLock { state in
            guard !state.queue.isEmpty, state.running < maximumWriters else { return nil }
            state.running += 1
            let batch = Array(state.queue.prefix(maximumBatch))
            state.queue.removeFirst(batch.count)
            return batch
        }
    }

    private func write(_ batch: [Waiting]) async {
        let results = await written(batch.map(\.completion))
        for (waiting, result) in zip(batch, results) {
            waiting.continuation.resume(returning: result)
        }
        state.withLock { $0.running -= 1 }
        signal.fire()
    }

    /// Tries until the database takes it: a completion that may have been written is safe to repeat.
    ///
    /// What the database refuses for itself is refused alone: its neighbours are written without it.
    private func written(_ completions: [Completion]) async -> [Submission] {
        var failures = 0
        while !Task.isCancelled {
            do {
                let results = try await store.complete(completions, now: Date()) { stage in
                    rehearsal?.pass(stage == .begun ? .commitBegun : .commitSent)
                }
                database.succeeded()
                rehearsal?.pass(.commitDone)
                // A failed commit may have been one after all: then its records wait in the outbox.
                if failures > 0 { try await publishUnheard(of: completions) }
                publisher.publish(
                    results.compactMap { result in
                        if case .written(let entry, _) = result { return entry }
                        return nil
                    }
                )
                return results.map(Submission.result)
            } catch {
                failures += 1
                database.failed(error)
                logger.warning(
                    "completion not written, trying again",
                    metadata: ["error": "\(error)", "failures": "\(failures)"]
                )
                if !Store.isPassing(error), failures > 2 {
                    if completions.count == 1 { return [.impossible(error)] }
                    var alone: [Submission] = []
                    for completion in completions { alone += await written([completion]) }
                    return alone
                }
                do {
                    try await Backoff(maximum: .seconds(1)).sleep(after: failures)
                } catch { break }
            }
        }
        return completions.map { _ in .stopped }
    }

    /// Publishes what earlier tries of these completions wrote without hearing of it.
    private func publishUnheard(of completions: [Completion]) async throws {
        for partition in Set(completions.map(\.claim.lease.partition)).sorted() {
            var last: Int64 = 0
            while true {
                let end = try await publisher.publishFound {
                    try await store.leftOver(in: partition, after: last)
                }
                guard let end else { break }
                last = end.id
            }
        }
    }
}
