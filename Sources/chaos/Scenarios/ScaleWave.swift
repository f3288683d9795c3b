import Postgres

extension Scenario {
    /// At most this share of handlers may run again, because a worker left in the middle.
    private static let allowedReruns = 0.01

    static let scaleWave = Scenario(
        name: "scaleWave",
        summary: "from 1 worker to 8 and back with SIGTERM, under load",
        isInShort: false
    ) { stage in
        let period = Duration.seconds(9)
        let waves = stage.effort.times(short: 1, usual: 3, every: period * 2)
        stage.trial.did("1 → 8 → 1 workers ×\(waves), SIGTERM down, under load")
        try await Siege(replicas: 1, expected: period * 2 * waves).play(stage) { world, fleet in
            for wave in 1...waves {
                stage.say("wave \(wave) of \(waves): up")
                fleet.scale(to: 8)
                try await Task.sleep(for: period)
                stage.say("wave \(wave) of \(waves): down")
                fleet.scale(to: 1)
                try await Task.sleep(for: period)
            }
            try await within(.seconds(30), "the workers that were told to leave are gone") {
                try await fleet.whenLeft()
            }
            stage.trial.expectNone(
                fleet.endings.filter { $0 != .exited(0) }.map(\.text),
                "workers that did not leave in order"
            )
            let reruns = try await world.reruns()
            stage.trial.note(
                "\(reruns.again) of \(reruns.requests) requests were taken up a second time"
            )
            stage.trial.expect(
                Double(reruns.again) <= allowedReruns * Double(reruns.requests),
                "more than 1 % of the handlers ran again"
            )
        }
    }
}

extension World {
    /// How many requests there are, and how often one was taken over unfinished.
    func reruns() async throws -> (again: Int64, requests: Int64) {
        let rows = try await pool.query("SELECT coalesce(sum(claims - 1), 0), count(*) FROM inbox")
        return (try rows[0].decode(0), try rows[0].decode(1))
    }
}
