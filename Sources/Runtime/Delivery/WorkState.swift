import Domain
import Store

/// What one worker has taken on: its partitions, what waits, what runs, what is done.
///
/// A pure value behind the worker's lock; its methods return what is to be done after unlocking.
/// What it does not keep itself waits in the database: see `WorkState+Parking`.
struct WorkState {
    /// How an item's way through this worker ended.
    enum Ending: Hashable, Sendable {
        case done
        /// It waits in the database.
        case parked
        /// It is left to whoever has its partition next.
        case left
    }

    struct Running {
        var item: WorkItem
        var since: ContinuousClock.Instant
    }

    private(set) var leases: [RequestPartition: Lease] = [:]
    var trackers: [RequestPartition: OffsetTracker] = [:]
    var dispatcher: KeyedDispatcher<WorkItem>
    let limits: WorkLimits
    var running: [KeyedDispatcher<WorkItem>.Key: Running] = [:]
    private var runningIn: [RequestPartition: Int] = [:]
    private var draining: Set<RequestPartition> = []
    private var lost: [Lease: ContinuousClock.Instant] = [:]
    private var drains: [(partitions: Set<RequestPartition>, signal: Signal)] = []
    /// Keys of which something was parked since the last claim or load began.
    var parkedMeanwhile: Set<KeyedDispatcher<WorkItem>.Key> = []
    /// What waits in the database, by partition, as far as this worker has counted.
    var backlog: [RequestPartition: Int] = [:]
    var paused: Set<RequestPartition> = []
    /// Whether the database may have something that only waits for room here.
    var mayHaveMore = true
    /// When the next attempt that was put off here is due.
    var nextDue: ContinuousClock.Instant?
    /// Items that wait or run here and came from the database.
    var loaded: Int { stored.count }
    private var stored: Set<RequestIdentity> = []
    /// What waits or runs here weighs about this much.
    var heldBytes = 0
    var counts = WorkCounts()
    /// Whether the group has given this worker its share, which may be nothing.
    private(set) var hasJoined = false

    init(limits: WorkLimits) {
        self.limits = limits
        dispatcher = KeyedDispatcher(maximumInFlight: limits.maximumInFlight)
    }

    var inFlight: Int { dispatcher.inFlight }
    var waiting: Int { dispatcher.waiting }
    /// The sum of all partitions' watermarks.
    var watermark: Int64 { trackers.values.reduce(0) { $0 + ($1.watermark ?? 0) } }
    /// Received and not yet behind the watermark, over all partitions.
    var outstanding: Int { trackers.values.reduce(0) { $0 + $1.outstanding } }

    mutating func assign(_ leases: [Lease], backlog: [RequestPartition: Int] = [:]) {
        hasJoined = true
        for lease in leases {
            self.leases[lease.partition] = lease
            trackers[lease.partition] = OffsetTracker()
            self.backlog[lease.partition] = backlog[lease.partition] ?? 0
            mayHaveMore = true
        }
    }

    /// Notes records; those that were received before, or are of no partition of ours, are dropped.
    mutating func receive(_ items: [WorkItem]) -> [WorkItem] {
        items.filter { item in
            leases[item.claim.lease.partition] == item.claim.lease
                && trackers[item.claim.lease.partition]?.receive(item.claim.offset) == true
        }
    }

    mutating func start() -> [WorkItem] {
        dispatcher.start().map { started in
            running[started.key] = Running(item: started.item, since: .now)
            runningIn[started.item.claim.lease.partition, default: 0] += 1
            return started.item
        }
    }

    /// Notes how an item has ended, and returns the drains that waited for it.
    mutating func finish(_ item: WorkItem, _ ending: Ending) -> [Signal] {
        let partition = item.claim.lease.partition
        counts.handled += 1
        running[item.key] = nil
        dispatcher.finish(item.key)
        runningIn[partition, default: 1] -= 1
        forget(item)
        if ending != .left { complete(item.claim) }
        let ended = drains.filter { isIdle($0.partitions) }.map(\.signal)
        drains = drains.filter { !isIdle($0.partitions) }
        return ended
    }

    /// Notes that Kafka need not bring a request again.
    mutating func complete(_ claim: InboxClaim) {
        guard leases[claim.lease.partition] == claim.lease else { return }
        trackers[claim.lease.partition]?.complete(claim.offset)
    }

    /// Stops taking from partitions; the signal fires once nothing of theirs runs any more.
    ///
    /// What has not begun comes back, to be released.
    mutating func drain(_ partitions: [RequestPartition]) -> (signal: Signal, waiting: [WorkItem]) {
        let partitions = Set(partitions)
        draining.formUnion(partitions)
        var dropped: [WorkItem] = []
        dispatcher.drop { item in
            guard partitions.contains(item.claim.lease.partition) else { return false }
            dropped.append(item)
            return true
        }
        dropped.forEach { forget($0) }
        let signal = Signal()
        if isIdle(partitions) {
            signal.fire()
        } else {
            drains.append((partitions, signal))
        }
        return (signal, dropped)
    }

    /// Gives partitions up.
    mutating func revoke(_ partitions: [RequestPartition]) {
        for partition in partitions {
            leases[partition] = nil
            trackers[partition] = nil
            backlog[partition] = nil
            paused.remove(partition)
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

    /// Whether a request that the database keeps waits or runs here.
    func has(_ claim: InboxClaim) -> Bool {
        stored.contains(claim.identity) || running[Key(claim)]?.item.claim == claim
    }

    /// Leases under which more may be taken on.
    var activeLeases: [Lease] {
        leases.values.filter { !draining.contains($0.partition) && lost[$0] == nil }
    }

    /// Counts an item in that waits here from now on.
    mutating func keep(_ item: WorkItem) {
        heldBytes += item.byteCount
        if item.isStored { stored.insert(item.claim.identity) }
        dispatcher.enqueue(item, for: item.key, cost: item.cost)
    }

    /// Counts an item out that neither waits nor runs here any more.
    mutating func forget(_ item: WorkItem) {
        heldBytes -= item.byteCount
        if item.isStored { stored.remove(item.claim.identity) }
    }

    private func isIdle(_ partitions: Set<RequestPartition>) -> Bool {
        partitions.allSatisfy { runningIn[$0, default: 0] == 0 }
    }
}

/// How much one worker takes on.
struct WorkLimits: Sendable {
    /// How many requests run at once.
    var maximumInFlight: Int
    /// How many requests of one company wait or run here; more wait in the database.
    var maximumPerCompany: Int
    /// How many requests wait or run here in all.
    var maximumHeld: Int { max(512, maximumInFlight * 8) }
    /// What these weigh at most, about.
    var maximumHeldBytes = 16 << 20
    /// How many requests that came from the database wait or run here.
    var maximumLoaded: Int { max(128, maximumInFlight * 2) }
    /// How many requests of a partition wait in the database before it is paused; at half it goes on.
    var maximumBacklog: Int

    init(maximumInFlight: Int, maximumPerCompany: Int? = nil, maximumBacklog: Int = 200_000) {
        self.maximumInFlight = maximumInFlight
        self.maximumPerCompany = maximumPerCompany ?? max(64, maximumInFlight)
        self.maximumBacklog = maximumBacklog
    }
}

/// What a worker has done since it started.
struct WorkCounts: Hashable, Sendable {
    var handled = 0
    var retried = 0
    var parked = 0
    var deadLetters = 0
}
