extension Scenario {
    static let flood = Scenario(
        name: "flood",
        summary: "one company's backlog does not make another wait",
        isInShort: false,
        isMeasuring: true
    ) { stage in
        let count = stage.effort.choose(short: 5_000, usual: 30_000, long: 100_000)
        stage.trial.did("\(count) sync requests of one company queued, 1 worker")
        try await stage.withWorld { world in
            try await world.withFleet(1) { _ in
                let idle = try await world.askOneByOne("idle", 50)
                stage.say("\(count) requests of one company")
                try await world.floodWith(count)
                let busy = try await world.askOneByOne("busy", 50, whileFlooded: true)
                stage.trial.note(
                    "another company waits \(busy.text), \(idle.text) on the idle system; "
                        + "\(world.ledger.openCount) of the flood were still to come"
                )
                stage.trial.expect(
                    busy.median <= idle.median * 2,
                    "another company waits more than twice as long"
                )
                try await Audit(world: world, expectsFailures: true).run()
            }
        }
    }
}

extension World {
    /// A company's requests, each sent when the one before is answered, and none after the flood.
    fileprivate func askOneByOne(
        _ company: String,
        _ count: Int,
        whileFlooded: Bool = false
    ) async throws -> Latencies {
        var ids: [String] = []
        while ids.count < count, !whileFlooded || ledger.openCount > 0 {
            let request = Request.enable(company, number: ids.count + 1)
            _ = try await witness.answer(to: request)
            ids.append(request.id)
        }
        return ledger.latencies(of: ids)
    }

    /// One company asks for so many syncs at once; it is not connected, so that they end at once.
    fileprivate func floodWith(_ count: Int) async throws {
        let users = 500
        for start in stride(from: 0, to: count, by: 5000) {
            try await witness.ask(
                (start..<min(start + 5000, count)).map { number in
                    .sync("flood", "person-\(number % users)", number: number / users + 1)
                }
            )
        }
    }
}
