extension Scenario {
    static let killStorm = Scenario(
        name: "killStorm",
        summary: "kill -9, one worker after the other, under load"
    ) { stage in
        let replicas = 4
        let period = Duration.seconds(8)
        let kills = stage.effort.times(short: 2, usual: 5, every: period)
        stage.trial.did("SIGKILL ×\(kills) among \(replicas) workers under load")
        let siege = Siege(replicas: replicas, expected: period * (kills + 1))
        try await siege.play(stage) { _, fleet in
            var random = stage.random(for: "victims")
            for kill in 1...kills {
                try await Task.sleep(for: period)
                let victim = random.below(replicas)
                stage.say("kill \(kill) of \(kills): worker \(victim + 1)")
                fleet.kill(victim)
            }
            try await Task.sleep(for: period)
        }
        let report = stage.trial.report
        // What a worker had sent and not yet crossed out when it was killed.
        stage.trial.expect(
            report.repeatedEvents <= max(kills, report.events / 1000),
            "more than one event a kill, and more than 0.1 %, were repeated"
        )
    }
}
