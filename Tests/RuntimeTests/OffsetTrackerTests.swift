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

    @Test func hundredThousandOutstandingComeToAnEndInAnyOrder() {
        var tracker = OffsetTracker()
        var random = SplitMix(seed: 1)
        let offsets = (0..<100_000).map { Int64($0) }
        for offset in offsets { _ = tracker.receive(offset) }

        for offset in offsets.shuffled(using: &random) { tracker.complete(offset) }
        #expect(tracker.watermark == 100_000)
        #expect(tracker.outstanding == 0)
    }

    @Test func whatIsDoneBehindAnUnfinishedOneTakesNoMemory() {
        var tracker = OffsetTracker()
        for offset: Int64 in 0..<100_000 {
            _ = tracker.receive(offset)
            if offset > 0 { tracker.complete(offset) }
        }

        #expect(tracker.remembered <= 2)
        #expect(tracker.outstanding == 100_000)
        tracker.complete(0)
        #expect(tracker.watermark == 100_000)
        #expect(tracker.outstanding == 0)
    }

    @Test func agreesWithItsModel() async {
        await Histories.run { seed in
            var history = OffsetHistory(seed: seed)
            return history.fault()
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
