import Foundation
import Testing

@testable import Runtime

@Suite(.timeLimit(Histories.timeLimit))
struct OffsetTrackerTests {
    @Test func nothingReceivedHasNoWatermark() {
        var tracker = OffsetTracker()

        #expect(tracker.watermark == nil)
        #expect(tracker.takeCommit() == nil)
        #expect(tracker.outstanding == 0)
    }

    @Test func watermarkIsTheLowestReceivedThatIsNotDone() {
        var tracker = received(5, 6, 7)

        tracker.complete(6)
        #expect(tracker.watermark == 5)
        tracker.complete(5)
        #expect(tracker.watermark == 7)
    }

    @Test func watermarkIsAfterTheLastReceivedWhenAllAreDone() {
        var tracker = received(5, 6)

        tracker.complete(6)
        tracker.complete(5)
        #expect(tracker.watermark == 7)
        #expect(tracker.outstanding == 0)
    }

    @Test func gapsInTheLogHoldNothingBack() {
        var tracker = received(0, 3, 100)

        tracker.complete(0)
        #expect(tracker.watermark == 3)
        tracker.complete(3)
        #expect(tracker.watermark == 100)
        tracker.complete(100)
        #expect(tracker.watermark == 101)
    }

    @Test func recordReceivedTwiceIsNoNews() {
        var tracker = received(5, 8)

        for offset: Int64 in [8, 6, 5] {
            let isNews = tracker.receive(offset)
            #expect(!isNews)
        }
        tracker.complete(5)
        let isNews = tracker.receive(5)
        #expect(!isNews)
        #expect(tracker.outstanding == 1)
    }

    @Test func completingTheUnknownChangesNothing() {
        var tracker = received(5, 7)

        for offset: Int64 in [-1, 4, 6, 8] { tracker.complete(offset) }
        #expect(tracker.watermark == 5)
        tracker.complete(5)
        tracker.complete(5)
        #expect(tracker.watermark == 7)
        #expect(tracker.outstanding == 1)
    }

    @Test func recordCompletedBeforeItIsReceivedIsNotDone() {
        var tracker = received(5)

        tracker.complete(6)
        let isNews = tracker.receive(6)
        #expect(isNews)
        tracker.complete(5)
        #expect(tracker.watermark == 6)
    }

    @Test func doneRecordsBehindAnUnfinishedOneAreOutstanding() {
        var tracker = received(1, 2, 3)

        tracker.complete(2)
        tracker.complete(3)
        #expect(tracker.outstanding == 3)
    }

    @Test func commitIsTakenOnceForEachMove() {
        var tracker = received(5, 6)

        #expect(tracker.takeCommit() == 5)
        #expect(tracker.takeCommit() == nil)
        tracker.complete(5)
        #expect(tracker.takeCommit() == 6)
        #expect(tracker.takeCommit() == nil)
    }

    @Test func failedCommitIsTakenAgain() {
        var tracker = received(5)

        tracker.complete(5)
        #expect(tracker.takeCommit() == 6)
        tracker.commitFailed()
        #expect(tracker.takeCommit() == 6)
    }

    @Test(arguments: Histories.seeds)
    func agreesWithItsModel(seeds: Range<Int>) {
        for seed in seeds {
            var history = OffsetHistory(seed: seed)
            if let fault = history.fault() {
                Issue.record("history \(seed): \(fault)")
                return
            }
        }
    }

    private func received(_ offsets: Int64...) -> OffsetTracker {
        var tracker = OffsetTracker()
        for offset in offsets {
            let isNews = tracker.receive(offset)
            #expect(isNews)
        }
        return tracker
    }
}

/// One random life of a partition at a worker: gaps, repeats, revocations, results that come late.
private struct OffsetHistory {
    private var random: Histories.Generator
    private var tracker = OffsetTracker()
    /// The model: every offset received since the partition was assigned, and whether it is done.
    private var isDone: [Int64: Bool] = [:]
    private var taken: Int64 = -1
    /// Everything ever received: results of an earlier assignment still come.
    private var everReceived: [Int64] = []
    private var next: Int64

    init(seed: Int) {
        random = Histories.Generator(seed: seed)
        next = .random(in: 0...20, using: &random)
    }

    private var highest: Int64? { isDone.keys.max() }

    private var watermark: Int64? {
        isDone.filter { !$0.value }.keys.min() ?? highest.map { $0 + 1 }
    }

    /// What first went wrong, if anything did.
    mutating func fault() -> String? {
        for step in 0..<Int.random(in: 1...60, using: &random) {
            let found = act()
            if let fault = found ?? difference() { return "step \(step): \(fault)" }
        }
        for offset in isDone.keys.sorted().shuffled(using: &random) { complete(offset) }
        return difference() ?? (tracker.outstanding == 0 ? nil : "something is left")
    }

    private mutating func act() -> String? {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<8:
            next += [0, 0, 0, 0, 1, 2, 50].randomElement(using: &random) ?? 0
            defer { next += 1 }
            return receive(next)
        case 8: return receive(everReceived.randomElement(using: &random) ?? 0)
        case 9..<16: complete(isDone.keys.sorted().randomElement(using: &random) ?? next)
        case 16:
            // A late result of what this assignment has not received: of the one before, or a gap.
            let late = everReceived.last { isDone[$0] == nil } ?? next
            complete(late)
        case 17: return takeCommit()
        case 18:
            tracker.commitFailed()
            taken = -1
        default: revoke()
        }
        return nil
    }

    private mutating func receive(_ offset: Int64) -> String? {
        let isNews = highest.map { offset > $0 } ?? true
        if isNews { isDone[offset] = false }
        everReceived.append(offset)
        next = max(next, offset)
        return tracker.receive(offset) == isNews ? nil : "\(offset) is news: \(isNews)"
    }

    private mutating func complete(_ offset: Int64) {
        if isDone[offset] != nil { isDone[offset] = true }
        tracker.complete(offset)
    }

    private mutating func takeCommit() -> String? {
        let expected = watermark.flatMap { $0 > taken ? $0 : nil }
        taken = expected ?? taken
        let commit = tracker.takeCommit()
        return commit == expected
            ? nil : "commit \(String(describing: commit)), not \(String(describing: expected))"
    }

    /// The partition goes and comes back: records are read again from where it was committed.
    private mutating func revoke() {
        next = taken >= 0 ? taken : everReceived.first ?? next
        tracker = OffsetTracker()
        isDone = [:]
        taken = -1
    }

    private func difference() -> String? {
        if tracker.watermark != watermark {
            return "watermark \(String(describing: tracker.watermark)), "
                + "not \(String(describing: watermark))"
        }
        let outstanding = isDone.keys.count { $0 >= watermark ?? 0 }
        return tracker.outstanding == outstanding
            ? nil : "\(tracker.outstanding) outstanding, not \(outstanding)"
    }
}

/// How many random histories a machine is held against: `PROPERTY_HISTORIES`, or 20 000.
enum Histories {
    static let count =
        ProcessInfo.processInfo.environment["PROPERTY_HISTORIES"].flatMap(Int.init) ?? 20_000

    /// The seeds, in parts that run side by side.
    static let seeds: [Range<Int>] = {
        let part = max(1, (count + 7) / 8)
        return stride(from: 0, to: count, by: part).map { $0..<min($0 + part, count) }
    }()

    static var timeLimit: TimeLimitTrait.Duration { .minutes(1 + count / 20_000) }

    /// SplitMix64 (Steele, Lea and Flood): the same seed, the same history.
    struct Generator: RandomNumberGenerator {
        private var state: UInt64

        init(seed: Int) {
            state = UInt64(truncatingIfNeeded: seed)
        }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
