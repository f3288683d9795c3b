import Domain
import Store

/// What waits in the database instead of here.
///
/// Where one request of a key is put there, everything of the key that this worker has taken on is put
/// there with it, so that a successor finds them all, in order. A claim or a load that was under way
/// meanwhile did not see it: what it brings of such a key is put there as well.
extension WorkState {
    typealias Key = KeyedDispatcher<WorkItem>.Key

    /// A claim or a load begins: it sees everything that was parked before.
    mutating func beginIntake() {
        parkedMeanwhile = []
    }

    /// A load begins: under which leases, and for how many keys of a partition there is room.
    mutating func beginLoad(at now: ContinuousClock.Instant) -> (leases: [Lease], room: Int) {
        beginIntake()
        if let due = nextDue, due <= now { nextDue = nil }
        return (activeLeases, hasBacklog ? roomToLoad : 0)
    }

    /// Whether a load would bring something that was not due before.
    var isWorthLoading: Bool { mayHaveMore && hasBacklog && roomToLoad > 0 }

    /// How long the next load can wait; not shorter than what keeps loads from following one another.
    func pauseBeforeLoad(at now: ContinuousClock.Instant) -> Duration {
        guard let nextDue else { return .seconds(1) }
        return min(.seconds(1), max(.milliseconds(50), now.duration(to: nextDue)))
    }

    /// Queues claimed items; what was not claimed is done already.
    ///
    /// Returns what must be parked.
    mutating func enqueue(_ items: [WorkItem], claimed: ClaimedRequests) -> [Parking] {
        var unclaimed = claimed.taken
        var parkings: [Parking] = []
        for item in items {
            // Of two records with one identity in a batch the first is worked off.
            guard unclaimed.remove(item.claim.identity) != nil else {
                // Of what is under a lost lease nothing is known: it is left alone.
                let identity = item.claim.identity
                if claimed.taken.contains(identity) || claimed.others.contains(identity) {
                    complete(item.claim)
                } else {
                    lose(item.claim.lease, at: .now)
                }
                continue
            }
            let isBehind =
                claimed.behind.contains(item.claim.identity) || parkedMeanwhile.contains(item.key)
            if isBehind || !hasRoom(for: item) {
                parkings += takeKey(item.key) + [item.parking(.room)]
            } else {
                keep(item)
            }
        }
        return parkings
    }

    /// Queues items that came from the database.
    ///
    /// Returns what must be put back.
    mutating func enqueue(loaded items: [WorkItem], room: Int = 1) -> [Parking] {
        // Where there was no room, nothing was asked of what only waits for it.
        if room > 0 { mayHaveMore = !items.isEmpty }
        var parkings: [Parking] = []
        for item in items {
            let partition = item.claim.lease.partition
            // A successor finds what is not worked off here.
            guard leases[partition] == item.claim.lease, !isDraining(partition) else { continue }
            backlog[partition, default: 1] -= 1
            if parkedMeanwhile.contains(item.key) {
                parkings.append(item.parking(.room))
            } else {
                keep(item)
            }
        }
        return parkings
    }

    /// Takes what waits behind a running item whose attempt has failed, to be parked with it.
    mutating func takeBehind(_ item: WorkItem) -> [Parking] {
        parkedMeanwhile.insert(item.key)
        return takeWaiting(of: item.key)
    }

    /// Takes what has run for long and is not in the database yet, and all that waits behind it.
    mutating func takeLong(since start: ContinuousClock.Instant) -> [Parking] {
        running.filter { $0.value.since < start && !$0.value.item.isStored }
            .flatMap { takeKey($0.key) }
    }

    /// Notes that requests are in the database now, and takes what came behind them meanwhile.
    mutating func settle(_ parkings: [Parking]) -> [Parking] {
        var keys: Set<Key> = []
        for parking in parkings {
            complete(parking.claim)
            if parking.until == .held {
                let key = Key(parking)
                if running[key]?.item.claim == parking.claim {
                    running[key]?.item.isStored = true
                }
            } else {
                counts.parked += 1
                if case .after(let delay) = parking.until {
                    nextDue = min(nextDue ?? .now + delay, .now + delay)
                } else {
                    mayHaveMore = true
                }
                if leases[parking.claim.lease.partition] != nil {
                    backlog[parking.claim.lease.partition, default: 0] += 1
                }
            }
            keys.insert(Key(parking))
        }
        parkedMeanwhile.formUnion(keys)
        return keys.flatMap { takeWaiting(of: $0) }
    }

    /// How much more may be loaded per partition, 0 while enough of it is here.
    var roomToLoad: Int {
        guard loaded <= limits.maximumLoaded / 2 else { return 0 }
        let share = limits.maximumLoaded * 2 / max(1, leases.count)
        return min(128, max(16, share))
    }

    /// Whether it is worth asking the database for more.
    var hasBacklog: Bool { backlog.values.contains { $0 > 0 } }

    /// Partitions whose backlog in the database has become too long, and those where it has shrunk.
    mutating func takePauses() -> (pause: [RequestPartition], resume: [RequestPartition]) {
        let long = backlog.filter { $0.value >= limits.maximumBacklog && !paused.contains($0.key) }
        let short = paused.filter { backlog[$0, default: 0] <= limits.maximumBacklog / 2 }
        paused.formUnion(long.keys)
        paused.subtract(short)
        return (Array(long.keys), Array(short))
    }

    private func hasRoom(for item: WorkItem) -> Bool {
        dispatcher.held(by: item.key.company) < limits.maximumPerCompany
            && dispatcher.inFlight + dispatcher.waiting < limits.maximumHeld
            && heldBytes < limits.maximumHeldBytes
    }

    /// Takes everything of a key: what waits, to be parked, and what runs, to be kept.
    private mutating func takeKey(_ key: Key) -> [Parking] {
        parkedMeanwhile.insert(key)
        var parkings: [Parking] = []
        if let running = running[key]?.item, !running.isStored {
            parkings.append(running.parking(.held))
        }
        return parkings + takeWaiting(of: key)
    }

    private mutating func takeWaiting(of key: Key) -> [Parking] {
        dispatcher.takeWaiting(of: key).map { item in
            forget(item)
            return item.parking(.room)
        }
    }
}

extension KeyedDispatcher<WorkItem>.Key {
    init(_ parking: Parking) { self.init(parking.claim) }

    init(_ claim: InboxClaim) {
        self.init(company: claim.identity.companyID, ordering: claim.orderingKey)
    }
}
