import Testing

@testable import Runtime

@Suite(.timeLimit(.minutes(1)))
struct SignalTests {
    @Test func aWakeUpBeforeTheWaitIsNotLostAndTwoAreOne() async {
        let signal = Signal()
        signal.fire()
        signal.fire()
        #expect(await signal.wait())
        #expect(await !signal.wait(atMost: .milliseconds(5)))
    }

    @Test func aWaitThatRanOutLeavesTheSignalToTheNext() async {
        let signal = Signal()
        for _ in 0..<3 { #expect(await !signal.wait(atMost: .milliseconds(1))) }
        async let woken = signal.wait(atMost: .seconds(30))
        signal.fire()
        #expect(await woken)
        #expect(await !signal.wait(atMost: .milliseconds(1)))
    }

    @Test func finishingEndsWaitsNowAndLater() async {
        let signal = Signal()
        async let woken = signal.wait()
        signal.finish()
        #expect(await !woken)
        #expect(await !signal.wait())
    }

    @Test func cancellationEndsTheWaitAlone() async {
        let signal = Signal()
        let woken = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await signal.wait() }
            group.cancelAll()
            return await group.next() ?? true
        }
        #expect(!woken)
        signal.fire()
        #expect(await signal.wait())
    }
}
