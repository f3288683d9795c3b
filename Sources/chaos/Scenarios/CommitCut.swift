import Synchronization

extension Scenario {
    static let commitCut = Scenario(
        name: "commitCut",
        summary: "connections to PostgreSQL break inside COMMIT, before or after it took effect"
    ) { stage in
        let cuts = stage.effort.times(short: 20, usual: 200, every: .milliseconds(600))
        let scissors = Scissors(count: cuts, stage.random(for: "cuts"))
        let expected = Duration.milliseconds(150) * cuts
        let siege = Siege(
            replicas: 2,
            expected: expected,
            perSecond: 40,
            cut: { scissors.decide() }
        )
        try await siege.play(stage) {
            _,
            _ in
            scissors.open()
            try await within(.seconds(30) + expected * 4, "\(cuts) cuts") {
                while scissors.remaining > 0 {
                    stage.say("\(scissors.remaining) cuts to go")
                    try await Task.sleep(for: .seconds(2))
                }
            }
        }
        let (before, after) = scissors.done
        stage.trial.did("\(before) connections cut before COMMIT arrived, \(after) after it")
    }
}

/// Decides where connections are cut.
private final class Scissors: Sendable {
    private struct State {
        var random: SplitMix
        var remaining: Int
        var before = 0
        var after = 0
        var isOpen = false
    }

    /// One in seven: a transaction that is cut is run again.
    private static let percent = 15

    private let state: Mutex<State>

    init(count: Int, _ random: SplitMix) {
        state = Mutex(State(random: random, remaining: count))
    }

    var remaining: Int { state.withLock(\.remaining) }
    var done: (before: Int, after: Int) { state.withLock { ($0.before, $0.after) } }

    /// Lets the cutting begin.
    func open() { state.withLock { $0.isOpen = true } }

    func decide() -> PostgresProxy.Cut? {
        state.withLock { state in
            guard state.isOpen, state.remaining > 0,
                state.random.chance(percent: Self.percent)
            else { return nil }
            state.remaining -= 1
            if state.random.chance(percent: 50) {
                state.before += 1
                return .beforeCommit
            }
            state.after += 1
            return .afterCommit
        }
    }
}
