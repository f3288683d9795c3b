@testable import Runtime

/// One random life of a partition at a worker: gaps, repeats, revocations, results that come late
/// or twice.
struct OffsetHistory {
    private var random: SplitMix
    private var tracker = OffsetTracker()
    /// The model: the offsets received since the partition was assigned, in order, and a bit for
    /// each that is done.
    private var received: [Int64] = []
    private var done: UInt64 = 0
    private var taken: Int64 = -1
    /// Where the log goes on, and where the last assignment began to read it.
    private var next: Int64
    private var start: Int64

    init(seed: Int) {
        random = SplitMix(seed: seed)
        next = Int64(random.next(below: 20))
        start = next
    }

    /// How many of the received are behind the watermark: those before the first that is not done.
    private var behind: Int { min((~done).trailingZeroBitCount, received.count) }

    private var watermark: Int64? {
        let behind = behind
        return behind < received.count ? received[behind] : received.last.map { $0 + 1 }
    }

    /// What first went wrong, if anything did.
    mutating func fault() -> String? {
        for step in 0..<8 + random.next(below: 13) {
            let found = act()
            if let fault = found ?? difference() { return "step \(step): \(fault)" }
        }
        while behind < received.count {
            complete(received[behind + random.next(below: received.count - behind)])
        }
        return difference() ?? (tracker.outstanding == 0 ? nil : "something is left")
    }

    private mutating func act() -> String? {
        switch random.next(below: 32) {
        case 0..<10: return receiveNext()
        case 10: return receive(next - Int64(random.next(below: 8)))
        case 11..<24:
            if !received.isEmpty { complete(received[random.next(below: received.count)]) }
        case 24..<27:
            // A gap, a result of an assignment before, or one of what is still to be received.
            complete(start - 2 + Int64(random.next(below: Int(next - start) + 4)))
        case 27, 28: return takeCommit()
        case 29:
            tracker.commitFailed()
            taken = -1
        default: reassign()
        }
        return nil
    }

    private mutating func receiveNext() -> String? {
        let gap = random.next(below: 8)
        next += gap < 5 ? 0 : gap == 7 ? 50 : Int64(gap - 4)
        return receive(next)
    }

    private mutating func receive(_ offset: Int64) -> String? {
        let isNews = received.last.map { offset > $0 } ?? (offset >= 0)
        if isNews {
            received.append(offset)
            start = min(start, offset)
            next = offset + 1
        }
        return tracker.receive(offset) == isNews ? nil : "\(offset) is news: \(isNews)"
    }

    private mutating func complete(_ offset: Int64) {
        if let index = received.firstIndex(of: offset) { done |= 1 << UInt64(index) }
        tracker.complete(offset)
    }

    private mutating func takeCommit() -> String? {
        let expected = watermark.flatMap { $0 > taken ? $0 : nil }
        taken = expected ?? taken
        let commit = tracker.takeCommit()
        return commit == expected ? nil : "commit \(describe(commit)), not \(describe(expected))"
    }

    /// The partition goes and comes back, and is read again from where it was committed.
    private mutating func reassign() {
        if taken >= 0 { start = taken }
        next = start
        tracker = OffsetTracker()
        received = []
        done = 0
        taken = -1
    }

    private func difference() -> String? {
        if tracker.watermark != watermark {
            return "watermark \(describe(tracker.watermark)), not \(describe(watermark))"
        }
        let outstanding = received.count - behind
        if tracker.outstanding != outstanding {
            return "\(tracker.outstanding) outstanding, not \(outstanding)"
        }
        let unfinished = received.count - done.nonzeroBitCount
        return tracker.remembered <= 2 * unfinished
            ? nil : "\(tracker.remembered) remembered for \(unfinished) unfinished"
    }

    private func describe(_ offset: Int64?) -> String { offset.map(String.init) ?? "none" }
}
