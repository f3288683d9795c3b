import Glibc

extension Scenario {
    static let zombie = Scenario(
        name: "zombie",
        summary: "SIGSTOP until the session is over, then SIGCONT: the paused come back as nobody",
        isInShort: false
    ) { stage in
        let replicas = 5
        let (pause, rest) = (Duration.milliseconds(5500), Duration.milliseconds(3500))
        let rounds = stage.effort.times(short: 2, usual: 10, every: pause + rest)
        stage.trial.did(
            "SIGSTOP for \(pause.text) ×\(rounds * 2), two of \(replicas) workers at once"
        )
        let siege = Siege(replicas: replicas, expected: (pause + rest) * rounds)
        try await siege.play(stage) { _, fleet in
            var random = stage.random(for: "victims")
            for round in 1...rounds {
                let victims = (0..<replicas).shuffled(using: &random).prefix(2)
                stage.say("round \(round) of \(rounds): workers \(victims.map { $0 + 1 }) pause")
                for victim in victims { fleet.signal(victim, SIGSTOP) }
                try await Task.sleep(for: pause)
                for victim in victims { fleet.signal(victim, SIGCONT) }
                try await Task.sleep(for: rest)
            }
        }
    }
}
