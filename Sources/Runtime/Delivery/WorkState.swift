import Domain
import Store

/// What one worker has taken on: its partitions, what waits, what runs, what is done.
///
/// A pure value behind the worker's lock; its methods return what is to be done after unlocking.
struct WorkState {
    private(set) var leases: [RequestPartition: Lease] = [:]
    private var trackers: [RequestPartition: OffsetTracker] = [:]
    private var running: [RequestPartition: Int] = [:]
    private var dispatcher: KeyedDispatcher<WorkItem>
    private var draining: Set<RequestPartition> = []
    private var lost: [Lease: ContinuousClock.Instant] = [:]
    private var drains: [(partitions: Set<RequestPartition>, signal: Signal)] = []
    private(set) var handled = 0
    /// Whether the group has given this worker its share, which may be nothing.
    private(set) var hasJoined = false

    init(maximumInFlight: Int) {
        dispatcher = KeyedDispatcher(maximumInFlight: maximumInFlight)
    }

    var inFlight: Int { dispatcher.inFlight }
    var waiting: Int { dispatcher.waiting }
    /// Received and not yet behind the watermark, over all partitions.
    var outstanding: Int { trackers.values.reduce(0) { $0 + $1.outstanding } }

    mutating func assign(_ leases: [Lease]) {
        hasJoined = true
        for lease in leases {
            self.leases[lease.partition] = lease
            trackers[lease.partition] = OffsetTracker()
        }
    }

    /// Notes records; those that were received before, or are of no partition of ours, are dropped.
    mutating func receive(_ items: [WorkItem]) -> [WorkItem] {
        items.filter { item in
            leases[item.claim.lease.partition] == item.claim.lease
                && trackers[item.claim.lease.partition]?.receive(item.claim.offset) == true
        }
    }

    /// Queues claimed items; what was not claimed is done already.
    mutating func enqueue(_ items: [WorkItem], claimed: Set<RequestIdentity>) {
        var unclaimed = claimed
        for item in items {
            // Of two records with one identity in a batch the first is worked off.
            if unclaimed.remove(item.claim.identity) != nil {
                dispatcher.enqueue(item, for: item.key)
            } else {
                trackers[item.claim.lease.partition]?.complete(item.claim.offset)
            }
        }
    }

    mutating func start() -> [WorkItem] {
        dispatcher.start().map { started in
            running[started.item.claim.lease.partition, default: 0] += 1
            return started.item
        }
    }

    /// Notes that an item has ended, done or not, and returns the drains that waited for it.
    mutating func finish(_ item: WorkItem, isDone: Bool) -> [Signal] {
        let partition = item.claim.lease.partition
        handled += 1
        dispatcher.finish(item.key)
        running[partition, default: 1] -= 1
        if isDone, leases[partition] == item.claim.lease {
            trackers[partition]?.complete(item.claim.offset)
        }
        let ended = drains.filter { isIdle($0.partitions) }.map(\.signal)
        drains = drains.filter { !isIdle($0.partitions) }
        return ended
    }

    /// Stops taking from partitions; the signal fires once nothing of theirs runs any more.
    mutating func drain(_ partitions: [RequestPartition]) -> Signal {
        let partitions = Set(partitions)
        draining.formUnion(partitions)
        dispatcher.drop { partitions.contains($0.claim.lease.partition) }
        let signal = Signal()
        if isIdle(partitions) {
            signal.fire()
        } else {
            drains.append((partitions, signal))
        }
        return signal
    }

    /// Gives partitions up.
    mutating func revoke(_ partitions: [RequestPartition]) {
        for partition in partitions {
            leases[partition] = nil
            trackers[partition] = nil
            draining.remove(partition)
            lost = lost.filter { $0.key.partition != partition }
        }
    }

    /// The offsets to commit, of these partitions or of all.
    mutating func takeCommits(of partitions: [RequestPartition]? = nil) -> [RequestPartition: Int64]
    {
        var commits: [RequestPartition: Int64] = [:]
        for partition in partitions ?? Array(trackers.keys) {
            if let offset = trackers[partition]?.takeCommit() { commits[partition] = offset }
        }
        return commits
    }

    mutating func commitFailed(_ partitions: some Sequence<RequestPartition>) {
        for partition in partitions { trackers[partition]?.commitFailed() }
    }

    /// Whether a partition is being given up, or has been.
    func isDraining(_ partition: RequestPartition) -> Bool {
        draining.contains(partition) || leases[partition] == nil
    }

    /// Notes that somebody else has acquired a lease.
    mutating func lose(_ lease: Lease, at now: ContinuousClock.Instant) {
        if leases[lease.partition] == lease, lost[lease] == nil { lost[lease] = now }
    }

    /// A lease that was lost long ago and whose partition is still assigned here.
    func lostLease(longerThan patience: Duration) -> Lease? {
        lost.first { $0.value.duration(to: .now) > patience }?.key
    }

    private func isIdle(_ partitions: Set<RequestPartition>) -> Bool {
        partitions.allSatisfy { running[$0, default: 0] == 0 }
    }
}
