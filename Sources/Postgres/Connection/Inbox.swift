/// What other threads ask of a connection's thread, behind that connection's lock.
struct Inbox {
    enum Link {
        case down(PostgresError)
        case up(epoch: UInt64)
    }

    /// What to do about a submitted work once the lock is open again.
    enum Submission {
        case accepted(wakes: Bool)
        case refused(PostgresError)
    }

    private(set) var works = FIFO<Work>()
    private(set) var cancels: [UInt64] = []
    /// Epochs whose cancel requests have been delivered.
    private(set) var deliveredCancels: [UInt64] = []
    private(set) var isClosing = false
    private(set) var link: Link
    private var sleepsFor: Wakefulness = .awake
    private var nextID: UInt64 = 0
    private let capacity: Int

    private enum Wakefulness { case awake, sleepingUnlessWork, sleepingUnlessSignal }

    init(capacity: Int) {
        self.capacity = capacity
        link = .down(.connection("the connection is being made"))
    }

    mutating func makeID() -> UInt64 {
        nextID += 1
        return nextID
    }

    mutating func submit(_ work: Work) -> Submission {
        guard case .up(let epoch) = link else {
            guard case .down(let error) = link else {
                return .refused(.connection("no connection"))
            }
            return .refused(error)
        }
        guard work.epoch == nil || work.epoch == epoch else {
            return .refused(.connection("the connection was lost, and with it the session"))
        }
        guard works.count < capacity else {
            return .refused(
                PostgresError(
                    code: .poolExhausted,
                    reason: "\(capacity) statements wait for one connection: send fewer at a time"
                )
            )
        }
        works.append(work)
        defer { if sleepsFor == .sleepingUnlessWork { sleepsFor = .awake } }
        return .accepted(wakes: sleepsFor == .sleepingUnlessWork)
    }

    mutating func takeWork() -> Work? { works.popFirst() }

    mutating func takeWork(id: UInt64) -> Work? { works.remove { $0.id == id } }

    mutating func postCancel(_ id: UInt64) -> Bool {
        cancels.append(id)
        return wakeForSignal()
    }

    mutating func postDeliveredCancel(epoch: UInt64) -> Bool {
        deliveredCancels.append(epoch)
        return wakeForSignal()
    }

    mutating func postClose() -> Bool {
        isClosing = true
        return wakeForSignal()
    }

    mutating func takeSignals() -> (cancels: [UInt64], deliveredCancels: [UInt64]) {
        defer {
            cancels.removeAll()
            deliveredCancels.removeAll()
        }
        return (cancels, deliveredCancels)
    }

    /// Whether the thread may sleep: there is nothing it could do now.
    mutating func fallAsleep(takesWork: Bool, mindsClosing: Bool) -> Bool {
        if !cancels.isEmpty || !deliveredCancels.isEmpty || (takesWork && !works.isEmpty)
            || (mindsClosing && isClosing)
        {
            return false
        }
        sleepsFor = takesWork ? .sleepingUnlessWork : .sleepingUnlessSignal
        return true
    }

    mutating func wakeUp() { sleepsFor = .awake }

    mutating func goUp(epoch: UInt64) { link = .up(epoch: epoch) }

    /// Returns the works that were never sent.
    mutating func goDown(_ error: PostgresError) -> [Work] {
        link = .down(error)
        return works.removeAll()
    }

    private mutating func wakeForSignal() -> Bool {
        defer { sleepsFor = .awake }
        return sleepsFor != .awake
    }
}
