import DequeModule
import Domain
import FoundationEssentials
import Kafka
import Logging
import Store
import Synchronization

/// Publishes what was committed, in the order it was committed, and forgets what was delivered.
///
/// An entry stays known from the commit until its outbox row is deleted, so that a row found in the
/// outbox that is not known here is one that nobody publishes.
final class Publisher: Sendable {
    /// Well below what the client queues: a full queue would tear an entry in two.
    private static let maximumSent = 10_000
    /// How many records are kept until they are delivered before nothing more should be decided.
    private static let maximumKept = 20_000

    private let producer: KafkaProducer
    private let store: Store
    private let topicPrefix: String
    private let logger: Logger
    private let state = Mutex(PublicationState())
    private let signal = Signal()
    private let rehearsal: Rehearsal?
    private let onRoom: @Sendable () -> Void

    init(
        producer: KafkaProducer,
        store: Store,
        topicPrefix: String,
        logger: Logger,
        rehearsal: Rehearsal?,
        onRoom: @escaping @Sendable () -> Void
    ) {
        self.producer = producer
        self.store = store
        self.topicPrefix = topicPrefix
        self.logger = logger
        self.rehearsal = rehearsal
        self.onRoom = onRoom
    }

    /// How many entries are committed and not yet known to be delivered and deleted.
    var pending: Int { state.withLock(\.known.count) }

    /// Why the last delivery failed; `nil` when it did not.
    var failure: String? { state.withLock(\.lastFailure) }

    /// Whether more may be decided: what waits for the broker is kept in memory.
    var hasRoom: Bool { state.withLock { $0.kept < Self.maximumKept } }

    /// Waits until more may be decided, or the task is cancelled.
    func waitForRoom() async {
        while !hasRoom {
            do { try await Task.sleep(for: .milliseconds(50)) } catch { return }
        }
    }

    /// Takes entries over for publication; one that is known already is not taken twice.
    func publish(_ entries: [OutboxEntry]) {
        guard !entries.isEmpty else { return }
        state.withLock { state in
            for entry in entries
            where state.known[entry.reference] == nil
                && !state.deletedMeanwhile.contains(entry.reference)
            {
                state.known[entry.reference] = entry
                state.kept += entry.records.count
                state.queue.append(entry.reference)
            }
        }
        signal.fire()
    }

    /// Publishes what a read of the outbox finds and nobody publishes; returns the last that it found.
    func publishFound(
        _ read: () async throws -> [OutboxEntry]
    ) async rethrows -> OutboxReference? {
        state.withLock { $0.reads += 1 }
        defer { state.withLock { $0.endRead() } }
        let found = try await read()
        publish(found)
        return found.last?.reference
    }

    /// Waits until nothing is left to publish; false when the budget ran out first.
    func flush(atMost budget: Duration) async -> Bool {
        let flushed = Signal()
        let isIdle = state.withLock { state in
            if !state.isIdle { state.flushes.append(flushed) }
            return state.isIdle
        }
        return isIdle ? true : await flushed.wait(atMost: budget)
    }

    /// Leaves what belongs to partitions to their owners, who find it in the outbox.
    func leave(_ partitions: Set<RequestPartition>) {
        state.withLock { state in
            state.leave(partitions)
            return state.takeIdleFlushes()
        }.forEach { $0.fire() }
    }

    /// Ends ``run()`` once everything taken over is delivered and forgotten.
    func close() {
        state.withLock { $0.isClosed = true }
        signal.fire()
    }

    /// Publishes until ``close()`` or cancellation; what is left then stays in the outbox.
    ///
    /// - Parameter lost: says which partitions are another's by now; asked after this process was
    ///   stopped for long.
    func run(lost: @escaping @Sendable () async -> Set<RequestPartition>?) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.beat(lost) }
            defer { group.cancelAll() }
            while await signal.wait() {
                await repeatIfLost()
                sendQueued()
                if let delivered = takeDelivered() {
                    group.addTask { await self.delete(delivered) }
                }
                if state.withLock({ $0.isClosed && $0.isIdle }) { return }
            }
        }
    }

    /// Notices that this process was stopped, by a signal or with its machine.
    ///
    /// After half a session it may have a successor, which has published what is queued here, and newer
    /// events of the same keys after that: nothing goes out before it is known whose is whose.
    private func beat(_ lost: @Sendable () async -> Set<RequestPartition>?) async {
        while true {
            do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
            let isSuspended = state.withLock { state in
                state.notice(.now)
                return state.isSuspended
            }
            guard isSuspended, let lost = await lost() else { continue }
            logger.warning(
                "process was stopped, published what is still its own",
                metadata: ["lease.lost": "\(lost.sorted().map(\.description))"]
            )
            leave(lost)
            state.withLock { $0.isSuspended = false }
            signal.fire()
        }
    }

    /// Hands entries to the producer one by one, in order, and stops where it loses one.
    private func sendQueued() {
        while let entry = takeQueued() {
            rehearsal?.pass(.produceBegun)
            defer { rehearsal?.pass(.produceDone) }
            producer.enqueue(entry.records.map(record)) { results in
                self.delivered(entry.reference, results)
            }
        }
    }

    private func takeQueued() -> OutboxEntry? {
        state.withLock { state in
            state.notice(.now)
            guard !state.mustRepeat, !state.isSuspended, state.sentRecords < Self.maximumSent,
                let reference = state.queue.popFirst(), let entry = state.known[reference]
            else { return nil }
            state.sent.append(reference)
            state.sentRecords += entry.records.count
            return entry
        }
    }

    /// After a loss, everything that was lost goes again before anything new.
    private func repeatIfLost() async {
        let failures = state.withLock { state in
            state.mustRepeat && state.sent.isEmpty ? max(1, state.failures) : 0
        }
        guard failures > 0 else { return }
        do { try await Backoff().sleep(after: failures) } catch { return }
        if producer.acknowledgeRebuild(producer.generation) {
            state.withLock { $0.mustRepeat = false }
        } else {
            signal.fire()
        }
    }

    private func delivered(
        _ reference: OutboxReference,
        _ results: [Result<DeliveryReport, KafkaError>]
    ) {
        let failures = results.compactMap { result -> KafkaError? in
            if case .failure(let error) = result { return error }
            return nil
        }
        // What can never be delivered stays in the outbox for an operator and holds nobody up.
        let isHopeless = failures.contains { $0.code == .messageTooLarge }
        state.withLock { state in
            if let index = state.sent.firstIndex(of: reference) { state.sent.remove(at: index) }
            state.sentRecords -= results.count
            state.lastFailure = failures.first.map { "\($0)" }
            if failures.isEmpty {
                rehearsal?.pass(.deliveryReported)
                if !state.mustRepeat { state.failures = 0 }
                state.delivered.append(reference)
            } else if state.known[reference] == nil {
                // Its partition is another's by now, and so is this.
                state.failures += 1
                state.mustRepeat = true
            } else if isHopeless {
                state.hopeless += 1
                state.kept -= results.count
                state.known[reference]?.records = []
            } else {
                state.failures += 1
                state.mustRepeat = true
                state.insertInOrder(reference)
            }
        }
        if let failure = failures.first {
            logger.log(
                level: isHopeless ? .error : .warning,
                isHopeless
                    ? "events cannot be delivered, they stay in the outbox"
                    : "events not delivered, trying again",
                metadata: ["error": "\(failure)", "outbox.id": "\(reference.id)"]
            )
        }
        signal.fire()
    }

    private func takeDelivered() -> [OutboxReference]? {
        state.withLock { state in
            guard !state.isDeleting, !state.delivered.isEmpty else { return nil }
            state.isDeleting = true
            defer { state.delivered = [] }
            return state.delivered
        }
    }

    private func delete(_ delivered: [OutboxReference]) async {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await store.deleteDelivered(delivered)
                rehearsal?.pass(.outboxDeleted)
                break
            } catch {
                failures += 1
                logger.warning(
                    "delivered events not deleted, trying again",
                    metadata: ["error": "\(error)"]
                )
                do { try await Backoff().sleep(after: failures) } catch { break }
            }
        }
        state.withLock { state -> [Signal] in
            if state.reads > 0 { state.deletedMeanwhile.formUnion(delivered) }
            for reference in delivered {
                state.kept -= state.known.removeValue(forKey: reference)?.records.count ?? 0
            }
            state.isDeleting = false
            return state.takeIdleFlushes()
        }.forEach { $0.fire() }
        signal.fire()
        onRoom()
    }

    private func record(_ record: EventRecord) -> ProducerRecord {
        ProducerRecord(
            topic: topicPrefix + record.topic,
            key: record.key,
            value: record.value,
            headers: record.headers.map { RecordHeader(name: $0.name, value: $0.value) },
            partitioning: record.partitioningKey.map { .by($0) } ?? .byKey
        )
    }
}
