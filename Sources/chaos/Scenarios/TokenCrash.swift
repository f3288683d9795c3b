extension Scenario {
    static let tokenCrash = Scenario(
        name: "tokenCrash",
        summary: "workers die between the token endpoint's answer and its commit, and at any moment"
    ) { stage in
        let relays = stage.effort.times(short: 1, usual: 2, every: .seconds(30))
        let kills = stage.effort.times(short: 2, usual: 8, every: .seconds(7))
        stage.trial.did(
            "\(relays * 4) deaths around a token call, SIGKILL ×\(kills) during log-ins"
        )
        // A worker that is killed is missed after seconds only: three worlds wait at the same time.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in [TokenRelay.Part.exchanges, .refreshes] {
                group.addTask {
                    try await stage.part(part.rawValue).withWorld { world in
                        for number in 1...relays {
                            try await TokenRelay(part, number, in: world).run()
                        }
                        if stage.trial.report.hasPassed { stage.trial.note(part.result) }
                        try await Audit(world: world, expectsFailures: true).count()
                    }
                }
            }
            group.addTask {
                try await stage.part("storm").withWorld { world in
                    try await TokenStorm(world: world, kills: kills).run()
                }
            }
            try await group.waitForAll()
        }
    }
}
