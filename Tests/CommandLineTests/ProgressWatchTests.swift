import Testing

@testable import integration_worker

@Suite struct ProgressWatchTests {
    private static let start = ContinuousClock.now
    private static let stuck = ProgressWatch.Observation(
        backlog: 5,
        inFlight: 0,
        handled: 7,
        watermark: 100,
        hasNeighbours: true
    )

    /// What is said after each observation, a minute apart.
    private func said(_ observations: [ProgressWatch.Observation]) -> [Duration?] {
        var watch = ProgressWatch(patience: .seconds(120))
        return observations.enumerated().map { minute, observation in
            watch.observe(observation, at: Self.start + .seconds(60 * minute))
        }
    }

    @Test func workThatNobodyTouchesForLongIsStuck() {
        let said = said(Array(repeating: Self.stuck, count: 5))
        #expect(said == [nil, nil, nil, nil, .seconds(180)])
    }

    @Test func nothingToDoIsNotStuck() {
        var idle = Self.stuck
        idle.backlog = 0
        #expect(said(Array(repeating: idle, count: 9)).allSatisfy { $0 == nil })
    }

    @Test func aWatermarkThatMovesIsProgress() {
        let observations = (0..<9).map { minute in
            var observation = Self.stuck
            observation.watermark = Int64(minute)
            return observation
        }
        #expect(said(observations).allSatisfy { $0 == nil })
    }

    @Test func aLongHandlerIsNotStuck() {
        var busy = Self.stuck
        busy.inFlight = 1
        #expect(said(Array(repeating: busy, count: 60)).allSatisfy { $0 == nil })
    }

    @Test func anOutageIsNotStuckAndTheTimeCountsFromItsEnd() {
        var away = Self.stuck
        away.hasNeighbours = false
        let observations =
            Array(repeating: away, count: 60) + Array(repeating: Self.stuck, count: 4)
        #expect(said(observations).last == .some(.seconds(180)))
        #expect(said(observations).dropLast().allSatisfy { $0 == nil })
    }

    @Test func requestsThatAreHandledAreProgress() {
        let observations = (0..<9).map { minute in
            var observation = Self.stuck
            observation.handled = minute
            return observation
        }
        #expect(said(observations).allSatisfy { $0 == nil })
    }
}
