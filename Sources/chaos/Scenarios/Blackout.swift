extension Scenario {
    static let blackout = Scenario(
        name: "blackout",
        summary: "the database, the broker, both at once, and both by turns every second are away",
        isInShort: false
    ) { stage in
        let outage = stage.effort.choose(
            short: Duration.seconds(5),
            usual: .seconds(15),
            long: .seconds(60)
        )
        let flapping = min(outage, .seconds(15))
        stage.trial.did(
            "database, broker, both away for \(outage.text); flapping for \(flapping.text)"
        )
        let expected = outage * 3 + flapping + .seconds(40)
        // A session that outlasts the outage, as usual: the broker's rebalance would be all one sees.
        let session = "\(Int(outage.seconds) + 20)000"
        let siege = Siege(
            replicas: 1,
            environment: ["KAFKA_PROPERTIES_SESSION_TIMEOUT_MS": session],
            expected: expected
        )
        try await siege.play(stage) { world, fleet in
            let probes = Probes(world, fleet)
            try await probes.whileWatching {
                try await Task.sleep(for: .seconds(3))
                let memory = fleet.processes.map(\.child.residentMegabytes)
                for outageOf in [["database"], ["broker"], ["database", "broker"]] {
                    try await world.blackOut(outageOf, for: outage, probes)
                }
                try await world.flap(for: flapping)
                let grown = zip(memory, probes.highestMemory(of: fleet)).map { $1 - $0 }.max() ?? 0
                stage.trial.note("memory grew by \(Int(grown)) MB at most")
                stage.trial.expect(grown <= 64, "memory grew by \(Int(grown)) MB")
            }
            stage.trial.expectNone(probes.deaths, "times /live did not answer 200")
        }
    }
}

extension World {
    /// Takes neighbours away for a while, and looks at how the workers take it.
    fileprivate func blackOut(
        _ neighbours: [String],
        for outage: Duration,
        _ probes: Probes
    ) async throws {
        let names = neighbours.joined(separator: " and ")
        stage.say("\(names) away for \(outage.text)")
        for neighbour in neighbours { try await take(neighbour, away: true) }
        let start = Instant.now
        try await Task.sleep(for: outage)
        for neighbour in neighbours {
            stage.trial.expectNone(
                probes.unaware(of: neighbour, from: start + .seconds(3), to: .now),
                "times /ready did not name the \(neighbour)"
            )
        }
        for neighbour in neighbours { try await take(neighbour, away: false) }
        stage.trial.outageEnded()
        let back = Instant.now
        _ = try await eventually(within: .seconds(10)) { ledger.firstAnswer(after: back) != nil }
        let first = ledger.firstAnswer(after: back)
        stage.trial.note("\(names) back: first outcome after \(first?.text ?? "more than 10 s")")
        stage.trial.expect(
            first ?? .seconds(60) <= .seconds(2),
            "\(names) back, and no outcome within 2 s"
        )
        let areReady = try await eventually(within: .seconds(15)) { probes.areAllReady }
        stage.trial.expect(areReady, "\(names) back, and not ready within 15 s")
    }

    /// Takes both neighbours away and brings them back, every second.
    fileprivate func flap(for duration: Duration) async throws {
        stage.say("database and broker flap for \(duration.text)")
        for second in 0..<Int(duration.seconds) {
            try await take("database", away: second.isMultiple(of: 2))
            try await take("broker", away: !second.isMultiple(of: 2))
            try await Task.sleep(for: .seconds(1))
        }
        try await take("database", away: false)
        try await take("broker", away: false)
        stage.trial.outageEnded()
    }

    private func take(_ neighbour: String, away: Bool) async throws {
        switch neighbour {
        case "database": if away { proxy.goDown() } else { proxy.comeUp() }
        default: try await broker.order(away ? "down" : "up")
        }
    }
}
