import DequeModule
import Store

/// What a publisher has taken over and what has become of it.
struct PublicationState {
    /// Half of the shortest session a group of this service has.
    private static let longestPause: Duration = .seconds(3)

    var known: [OutboxReference: OutboxEntry] = [:]
    /// To be handed to the producer, in order.
    var queue: Deque<OutboxReference> = []
    /// Handed to the producer, in order, not yet reported.
    var sent: Deque<OutboxReference> = []
    var sentRecords = 0
    /// Records of all that is known.
    var kept = 0
    var delivered: [OutboxReference] = []
    var failures = 0
    /// Why the last delivery failed; `nil` once one succeeds.
    var lastFailure: String?
    /// How many entries the broker will never take.
    var hopeless = 0
    /// The producer lost what was sent: nothing new may overtake it.
    var mustRepeat = false
    var flushes: [Signal] = []
    var isDeleting = false
    var isClosed = false
    /// How many reads of the outbox are under way, and what was delivered and deleted since the first
    /// of them began: they may still have seen it.
    var reads = 0
    var deletedMeanwhile: Set<OutboxReference> = []
    /// When this process was last known to run.
    var lastBeat = ContinuousClock.now
    /// Stopped for long: nothing goes out before it is known whose partitions are whose.
    var isSuspended = false
    var isIdle: Bool { known.count == hopeless && !isDeleting }

    /// Forgets what belongs to partitions, also what is with the producer already.
    mutating func leave(_ partitions: Set<RequestPartition>) {
        for (reference, entry) in known where partitions.contains(reference.partition) {
            known[reference] = nil
            kept -= entry.records.count
        }
        queue.removeAll { known[$0] == nil }
    }

    mutating func endRead() {
        reads -= 1
        if reads == 0 { deletedMeanwhile = [] }
    }

    /// The flushes that need wait no longer.
    mutating func takeIdleFlushes() -> [Signal] {
        guard isIdle else { return [] }
        defer { flushes = [] }
        return flushes
    }

    /// Suspends publication where this process has not run for long.
    mutating func notice(_ now: ContinuousClock.Instant) {
        if lastBeat.duration(to: now) > Self.longestPause { isSuspended = true }
        lastBeat = now
    }

    /// Puts an entry that was lost back where it was: outbox ids ascend in the order of commits.
    mutating func insertInOrder(_ reference: OutboxReference) {
        let index = queue.firstIndex { $0.id > reference.id } ?? queue.endIndex
        queue.insert(reference, at: index)
    }
}
