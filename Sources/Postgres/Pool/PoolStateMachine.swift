/// Which connection is free, lent or down, and who waits for one; it only decides, the pool acts.
struct PoolStateMachine {
    enum Kind: Hashable { case exclusive, shared }

    /// A connection, and the session it is in.
    struct Grant: Hashable, Sendable {
        let slot: Int
        let epoch: UInt64
    }

    /// What a task that wants a connection gets.
    enum Acquisition {
        case granted(Grant)
        /// The task waits; a connection may have to be started for it.
        case wait(starting: [Int])
        case refused(PostgresError)
    }

    /// What to do after something has changed, in this order.
    struct Action {
        var starting: [Int] = []
        var closing: [Int] = []
        var granting: [(waiter: UInt64, grant: Grant)] = []
        var refusing: [(waiter: UInt64, error: PostgresError)] = []
        var isFinished = false
    }

    private struct Slot {
        let kind: Kind
        /// nil while down.
        var epoch: UInt64?
        /// Tasks that use it now.
        var users = 0
    }

    private struct Waiter {
        let id: UInt64
        let kind: Kind
    }

    private enum Phase { case created, running, closing }

    private let minimum: Int
    private let maximum: Int
    private let shared: Int
    private let waitingLimit: Int
    private var phase = Phase.created
    private var slots: [Int: Slot] = [:]
    private var nextSlot = 0
    /// The most recently used last, so that the others may rest.
    private var free: [Int] = []
    private var waiters: [Waiter] = []
    private(set) var lastError: PostgresError?

    init(minimum: Int, maximum: Int, shared: Int, waitingLimit: Int) {
        self.minimum = min(minimum, maximum)
        self.maximum = max(maximum, 1)
        self.shared = shared
        self.waitingLimit = waitingLimit
    }

    var isRunning: Bool { phase == .running }

    var sharedKind: Kind { shared > 0 ? .shared : .exclusive }

    var status: PoolStatus {
        PoolStatus(
            connected: slots.values.count { $0.epoch != nil },
            idle: free.count,
            inUse: slots.values.count { $0.kind == .exclusive && $0.users > 0 },
            waiting: waiters.count,
            lastError: lastError?.description
        )
    }

    func kind(of slot: Int) -> Kind? { slots[slot]?.kind }

    /// Starts the connections that are always there.
    mutating func start() -> Action {
        var action = Action()
        guard phase == .created else {
            action.isFinished = phase == .closing && slots.isEmpty
            return action
        }
        phase = .running
        for _ in 0..<shared { action.starting.append(addSlot(.shared)) }
        let wanted = waiters.count { $0.kind == .exclusive }
        for _ in 0..<min(max(minimum, wanted), maximum) {
            action.starting.append(addSlot(.exclusive))
        }
        return action
    }

    /// A connection that can be had without waiting.
    mutating func acquireFree(_ kind: Kind) -> Grant? {
        phase == .closing ? nil : take(kind)
    }

    mutating func acquire(_ kind: Kind, waiter: UInt64) -> Acquisition {
        guard phase != .closing else { return .refused(.closed("the pool is closed")) }
        if let grant = take(kind) { return .granted(grant) }
        guard waiters.count < waitingLimit else {
            return .refused(exhausted("\(waitingLimit) tasks wait for a connection already"))
        }
        waiters.append(Waiter(id: waiter, kind: kind))
        return .wait(starting: grow(for: kind))
    }

    /// Ends a wait; false if it has ended already.
    mutating func abandon(_ waiter: UInt64) -> Bool {
        guard let index = waiters.firstIndex(where: { $0.id == waiter }) else { return false }
        waiters.remove(at: index)
        return true
    }

    mutating func release(_ grant: Grant) -> Action {
        var action = Action()
        guard slots[grant.slot] != nil else { return action }
        slots[grant.slot]?.users -= 1
        guard let slot = slots[grant.slot], slot.kind == .exclusive else { return action }
        if phase == .closing {
            action.closing = [grant.slot]
        } else if slot.epoch != nil {
            // Possibly another session than the one lent: it was lost and made again meanwhile.
            free.append(grant.slot)
            serveWaiters(&action)
        }
        return action
    }

    mutating func connected(_ slot: Int, epoch: UInt64) -> Action {
        var action = Action()
        guard let kind = slots[slot]?.kind else { return action }
        slots[slot]?.epoch = epoch
        lastError = nil
        if kind == .exclusive, slots[slot]?.users == 0, phase == .running { free.append(slot) }
        serveWaiters(&action)
        return action
    }

    mutating func disconnected(_ slot: Int, _ error: PostgresError) {
        slots[slot]?.epoch = nil
        free.removeAll { $0 == slot }
        if error.code != .closed { lastError = error }
    }

    mutating func ended(_ slot: Int) -> Action {
        var action = Action()
        slots[slot] = nil
        free.removeAll { $0 == slot }
        action.isFinished = phase == .closing && slots.isEmpty
        return action
    }

    /// Refuses who waits and closes what is free; what is lent closes as it is given back.
    mutating func close() -> Action {
        var action = Action()
        guard phase != .closing else { return action }
        phase = .closing
        action.refusing = waiters.map { ($0.id, .closed("the pool is closed")) }
        waiters.removeAll()
        free.removeAll()
        action.closing = slots.filter { $0.value.kind == .shared || $0.value.users == 0 }.map(\.key)
        action.isFinished = slots.isEmpty
        return action
    }

    /// Why a wait took too long, and what helps.
    func exhausted(_ reason: String) -> PostgresError {
        var text = "\(reason): \(status.inUse) of \(maximum) exclusive connections are in use"
        if let lastError {
            text += ", and the server could not be reached: \(lastError.reason)"
        } else if phase == .created {
            text += ", and the pool's run() has not been called"
        } else if !slots.values.contains(where: { $0.epoch != nil }) {
            text += ", and none has been made yet"
        } else {
            text +=
                "; raise maximumConnections or acquireTimeout, or hold connections for less time"
        }
        return PostgresError(code: .poolExhausted, reason: text)
    }

    private mutating func addSlot(_ kind: Kind) -> Int {
        nextSlot += 1
        slots[nextSlot] = Slot(kind: kind)
        return nextSlot
    }

    /// Starts a connection if more tasks wait than connections are being made.
    private mutating func grow(for kind: Kind) -> [Int] {
        guard phase == .running, kind == .exclusive else { return [] }
        let exclusive = slots.values.filter { $0.kind == .exclusive }
        let coming = exclusive.count { $0.epoch == nil && $0.users == 0 }
        let wanted = waiters.count { $0.kind == .exclusive }
        guard exclusive.count < maximum, wanted > coming else { return [] }
        return [addSlot(.exclusive)]
    }

    private mutating func take(_ kind: Kind) -> Grant? {
        let slot: Int?
        switch kind {
        case .exclusive: slot = free.popLast()
        case .shared:
            slot =
                slots.filter { $0.value.kind == .shared && $0.value.epoch != nil }
                .min { $0.value.users < $1.value.users }?.key
        }
        guard let slot, let epoch = slots[slot]?.epoch else { return nil }
        slots[slot]?.users += 1
        return Grant(slot: slot, epoch: epoch)
    }

    private mutating func serveWaiters(_ action: inout Action) {
        var left: [Waiter] = []
        for waiter in waiters {
            if let grant = take(waiter.kind) {
                action.granting.append((waiter.id, grant))
            } else {
                left.append(waiter)
            }
        }
        waiters = left
    }
}
