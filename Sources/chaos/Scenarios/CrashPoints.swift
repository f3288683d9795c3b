import Glibc
import Synchronization

extension Scenario {
    static let crashPoints = Scenario(
        name: "crashPoints",
        summary: "workers kill themselves at every named point of a request's way"
    ) { stage in
        let times = stage.effort.choose(short: 1, usual: 3, long: 30)
        let points = stage.effort == .short ? CrashPoint.telling : CrashPoint.all
        let plan = CrashPlan(points, times: times, stage.random(for: "plan"))
        let crashes = points.count * times
        stage.trial.did(
            "\(crashes) crashes at \(points.count) points, 4 workers at a time, 30 % retried"
        )
        // A share of the requests fail twice, so that there is something to park.
        let options = ["--rehearse", "fail=30:2"]
        let siege = Siege(
            replicas: 1,
            options: options,
            expected: .seconds(crashes) * 4,
            perSecond: 20,
            longLists: points.contains { $0.name == "page.written" } ? 3 : 0
        )
        try await siege.play(stage) { world, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        while let crash = plan.next() {
                            stage.say(
                                "\(crash.point.name), passage \(crash.passage); \(plan.remaining) to go"
                            )
                            try await play(crash, plan, world, options)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        let missed = plan.missed
        stage.trial.expectNone(missed, "crashes whose point was not reached")
    }

    /// Runs a worker until it has killed itself.
    private static func play(
        _ crash: CrashPlan.Crash,
        _ plan: CrashPlan,
        _ world: World,
        _ options: [String]
    ) async throws {
        let worker = try await WorkerProcess.start(
            "crash-\(crash.number)-\(crash.point.name)",
            in: world,
            options: options + ["--rehearse", "crash=\(crash.point.name):\(crash.passage)"]
        )
        let child = worker.child
        do {
            if crash.point.isAtTheEnd {
                try await worker.whenReady(in: world)
                child.signal(SIGTERM)
            }
            _ = try await eventually(within: .seconds(30)) { !child.isRunning }
        } catch {
            await child.stop()
            throw error
        }
        let hasReached = !child.isRunning
        await child.stop()
        guard hasReached, try await child.ended() == .killed(by: SIGKILL) else {
            return plan.again(crash, because: child.lastLine ?? "")
        }
    }
}

/// A place on a request's way where a worker can be told to die.
struct CrashPoint: Hashable, Sendable {
    let name: String
    /// The last passage that is worth dying at: what is rare is passed a few times only.
    var passages = 3
    /// Whether it is passed only when the worker leaves.
    var isAtTheEnd = false

    static let all = [
        CrashPoint(name: "record.received", passages: 40),
        CrashPoint(name: "request.claimed", passages: 20),
        CrashPoint(name: "handler.started", passages: 40),
        CrashPoint(name: "provider.asked"), CrashPoint(name: "provider.answered"),
        CrashPoint(name: "handler.decided", passages: 40),
        CrashPoint(name: "commit.begun", passages: 20),
        CrashPoint(name: "commit.sent", passages: 20),
        CrashPoint(name: "commit.done", passages: 20),
        CrashPoint(name: "produce.begun", passages: 20),
        CrashPoint(name: "produce.done", passages: 20),
        CrashPoint(name: "delivery.reported", passages: 20),
        CrashPoint(name: "outbox.deleted", passages: 20),
        CrashPoint(name: "offsets.committing"), CrashPoint(name: "offsets.committed"),
        CrashPoint(name: "drain.begun", passages: 1, isAtTheEnd: true),
        CrashPoint(name: "lease.acquired", passages: 1),
        CrashPoint(name: "leftover.published", passages: 1),
        CrashPoint(name: "park.begun", passages: 5), CrashPoint(name: "park.done", passages: 5),
        CrashPoint(name: "page.written", passages: 1),
    ]

    /// One for each step that is not like the others.
    static let telling = all.filter {
        ["request.claimed", "commit.sent", "produce.begun", "delivery.reported", "park.done"]
            .contains($0.name)
    }
}

/// Which crashes are still to be played.
private final class CrashPlan: Sendable {
    struct Crash: Sendable {
        var number: Int
        var point: CrashPoint
        var passage: Int
        var tries = 1
    }

    private struct State {
        var crashes: [Crash]
        var missed: [String] = []
    }

    private static let maximumTries = 4

    private let state: Mutex<State>

    init(_ points: [CrashPoint], times: Int, _ random: SplitMix) {
        var random = random
        let order = Array(repeating: points, count: times).joined().shuffled(using: &random)
        let crashes = order.enumerated().map { number, point in
            Crash(number: number + 1, point: point, passage: 1 + random.below(point.passages))
        }
        state = Mutex(State(crashes: crashes.reversed()))
    }

    var remaining: Int { state.withLock(\.crashes.count) }
    var missed: [String] { state.withLock(\.missed) }

    func next() -> Crash? { state.withLock { $0.crashes.popLast() } }

    /// Tries one that was not reached again, at its first passage: whether a worker gets a partition
    /// where that happens is a matter of luck.
    func again(_ crash: Crash, because lastLine: String) {
        state.withLock { state in
            guard crash.tries < Self.maximumTries else {
                return state.missed.append("\(crash.point.name) (\(lastLine.prefix(200)))")
            }
            var crash = crash
            (crash.passage, crash.tries) = (1, crash.tries + 1)
            state.crashes.append(crash)
        }
    }
}
