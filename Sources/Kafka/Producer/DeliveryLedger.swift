internal import CRdKafka
internal import Synchronization

/// Keeps, per batch of records, which are still under way, and calls back when none is.
final class DeliveryLedger: Sendable {
    typealias Outcome = Result<DeliveryReport, KafkaError>
    typealias Completion = @Sendable ([Outcome]) -> Void

    fileprivate struct Batch {
        var outcomes: [Outcome?]
        var remaining: Int
        var completion: Completion
        var slots: DeliverySlots
    }

    fileprivate struct State {
        var batches: [UInt64: Batch] = [:]
        var nextBatch: UInt64 = 1
        var isHeld = false
        var held: [Batch] = []
    }

    private let state = Mutex(State())

    /// Opens a batch; every record of it must be settled once.
    func open(_ records: [ProducerRecord], completion: @escaping Completion) -> DeliverySlots {
        state.withLock { state in
            let slots = DeliverySlots(records, batch: state.nextBatch)
            state.batches[state.nextBatch] = Batch(
                outcomes: Array(repeating: nil, count: records.count),
                remaining: records.count,
                completion: completion,
                slots: slots
            )
            state.nextBatch += 1
            return slots
        }
    }

    /// Settles records, and calls back for the batches that are whole by that.
    func settle(_ settled: [(batch: UInt64, index: Int, outcome: Outcome)]) {
        let finished = state.withLock { state in
            for (batch, index, outcome) in settled {
                state.settle(batch: batch, index: index, outcome: outcome)
            }
            return state.takeFinished()
        }
        Self.callBack(finished)
    }

    /// Keeps call-backs to itself from now on.
    func hold() {
        state.withLock { $0.isHeld = true }
    }

    /// Calls back for all that was held, and at once from now on.
    func release() {
        let finished = state.withLock { state in
            state.isHeld = false
            return state.takeFinished()
        }
        Self.callBack(finished)
    }

    /// Fails every record that is still under way.
    func failAll(_ error: KafkaError) {
        let finished = state.withLock { state in
            for (id, batch) in state.batches {
                for index in batch.outcomes.indices where batch.outcomes[index] == nil {
                    state.settle(batch: id, index: index, outcome: .failure(error))
                }
            }
            return state.takeFinished()
        }
        Self.callBack(finished)
    }

    private static func callBack(_ batches: [Batch]) {
        for batch in batches {
            batch.slots.free()
            batch.completion(batch.outcomes.compactMap { $0 })
        }
    }
}

extension DeliveryLedger.State {
    fileprivate mutating func settle(
        batch id: UInt64,
        index: Int,
        outcome: DeliveryLedger.Outcome
    ) {
        guard batches[id] != nil, batches[id]?.outcomes[index] == nil else { return }
        batches[id]?.outcomes[index] = outcome
        batches[id]?.remaining -= 1
        guard batches[id]?.remaining == 0, let batch = batches.removeValue(forKey: id) else {
            return
        }
        held.append(batch)
    }

    fileprivate mutating func takeFinished() -> [DeliveryLedger.Batch] {
        guard !isHeld, !held.isEmpty else { return [] }
        defer { held = [] }
        return held
    }
}

// Safe because the slots are written once, before any record points to them, and freed once,
// after the last record's report.
/// The C memory that a batch's records point to until their reports have come.
@safe struct DeliverySlots: @unchecked Sendable {
    let start: UnsafeMutablePointer<kafka_delivery_slot>
    let batch: UInt64
    let count: Int

    init(_ records: [ProducerRecord], batch: UInt64) {
        unsafe start = .allocate(capacity: records.count)
        self.batch = batch
        count = records.count
        for (index, record) in records.enumerated() {
            var hash: Int32 = -1
            if case .by(let bytes) = record.partitioning { hash = Murmur2.positiveHash(bytes) }
            unsafe (start + index).initialize(
                to: kafka_delivery_slot(
                    batch: batch,
                    index: UInt32(index),
                    partition_hash: hash
                )
            )
        }
    }

    func free() {
        unsafe start.deallocate()
    }
}
