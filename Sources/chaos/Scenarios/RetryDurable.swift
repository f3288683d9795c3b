import Postgres
import Synchronization

extension Scenario {
    /// How many of a hundred requests fail, and how often.
    fileprivate static let share: UInt64 = 30
    fileprivate static let failures = 2

    static let retryDurable = Scenario(
        name: "retryDurable",
        summary:
            "requests that are retried survive kill -9 with their attempts, and delay no other key",
        isMeasuring: true
    ) { stage in
        let count = stage.effort.choose(short: 300, usual: 2_000, long: 10_000)
        let options = ["--rehearse", "fail=\(share):\(failures)"]
        try await stage.withWorld { world in
            if stage.effort != .short { try await world.compareLatencies(options) }
            try await world.withFleet(3, options: options) { fleet in
                let kills = try await world.retryUnderFire(count, fleet)
                stage.trial.did("\(count) requests, \(share) % fail twice, SIGKILL ×\(kills)")
                try await Audit(world: world).run()
                try await world.checkAttempts()
            }
        }
    }

    /// Whether a request is one of those that fail.
    fileprivate static func fails(_ id: String) -> Bool { FNV.hash(id) % 100 < share }
}

extension World {
    /// Retries of some keys must not make others wait.
    fileprivate func compareLatencies(_ options: [String]) async throws {
        let alone = try await latencies(withRetries: false, options: [])
        let beside = try await latencies(withRetries: true, options: options)
        stage.trial.note(
            "keys that do not fail wait \(beside.text) beside retries, \(alone.text) without"
        )
        // Below that it is the machine's scheduler that is measured.
        let noise = Duration.milliseconds(100)
        stage.trial.expect(
            beside.percentile(99) <= max(noise, alone.percentile(99) * 2),
            "retries more than double the others' p99"
        )
    }

    /// How long keys without any failing request wait, with others' retries beside them or not.
    private func latencies(withRetries: Bool, options: [String]) async throws -> Latencies {
        let name = withRetries ? "beside" : "alone"
        let seconds = stage.effort.choose(short: 0, usual: 15, long: 60)
        let result = Mutex(Latencies([]))
        try await withFleet(1, options: options) { _ in
            stage.say("latency \(withRetries ? "beside" : "without") retries, \(seconds) s")
            var calm: [String] = []
            for tick in 1...(seconds * 10) {
                let batch = (0..<6).map { index in
                    Request.enable(
                        index < 3 ? "\(name)-calm-\(index)" : "\(name)-other-\(tick % 40)-\(index)",
                        number: tick,
                        failing: withRetries && index >= 3
                    )
                }
                // The first of a process are slow.
                if tick > 20 { calm += batch.prefix(3).map(\.id) }
                try await witness.ask(batch)
                try await Task.sleep(for: .milliseconds(100))
            }
            try await within(.seconds(120), "the outcomes") { try await ledger.allAnswered() }
            let latencies = ledger.latencies(of: calm)
            result.withLock { $0 = latencies }
        }
        return result.withLock(\.self)
    }

    /// Sends requests while workers are killed; how many kills.
    fileprivate func retryUnderFire(_ count: Int, _ fleet: Fleet) async throws -> Int {
        var random = stage.random(for: "victims")
        for start in stride(from: 0, to: count, by: 100) {
            try await witness.ask(
                (start..<min(start + 100, count)).map { number in
                    .enable("company-\(number % 200)", number: number / 200 + 1)
                }
            )
        }
        var kills = 0
        let limit = stage.effort.choose(short: 2, usual: 5, long: 20)
        while ledger.openCount > 0, kills < limit {
            try await Task.sleep(for: .seconds(8))
            kills += 1
            stage.say("kill \(kills), \(ledger.openCount) requests are open")
            fleet.kill(random.below(3))
        }
        return kills
    }

    /// The attempts in the database are those that failed, no more and no less.
    fileprivate func checkAttempts() async throws {
        let rows = try await pool.query(
            "SELECT id, attempt FROM inbox WHERE id LIKE 'enable-company-%'"
        )
        var wrong: [String] = []
        var retried = 0
        for row in rows {
            let id = try row.decode(0, as: String.self)
            let attempt = Int(try row.decode(1, as: Int32.self))
            let expected = Scenario.fails(id) ? Scenario.failures : 0
            if expected > 0 { retried += 1 }
            if attempt != expected { wrong.append("\(id) has \(attempt)") }
        }
        stage.trial.note("\(retried) of \(rows.count) requests retried twice, the others never")
        stage.trial.expectNone(wrong, "requests with other attempts than failures")
    }
}

extension Request {
    /// An enable whose id is one that fails, or one that does not.
    fileprivate static func enable(_ company: String, number: Int, failing: Bool) -> Request {
        let id = (0...).lazy.map { "enable-\(company)-\(number)-\($0)" }
            .first { Scenario.fails($0) == failing }
        return .enable(company, number: number, id: id)
    }
}
