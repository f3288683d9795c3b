import Glibc

extension Scenario {
    static let term = Scenario(
        name: "term",
        summary:
            "SIGTERM while handlers run: they end, nothing is done again; a stuck one is cut off",
        isMeasuring: true
    ) { stage in
        let running = stage.effort.choose(short: 30, usual: 100, long: 100)
        stage.trial.did("SIGTERM with \(running) handlers of 1 s running, and with a stuck one")
        try await stage.withWorld { world in
            let people = try await world.leaveInOrder(running)
            try await world.leaveStuck(people)
        }
    }
}

extension World {
    /// All handlers that run end, and then the process does.
    fileprivate func leaveInOrder(_ running: Int) async throws -> People {
        let worker = try await WorkerProcess.start("leaving", in: self)
        return try await worker.whileRunning {
            try await worker.whenReady(in: self)
            let people = try await People.connect(running, in: self)
            try await people.giveTasks(2, to: people.users)
            // The first syncs of those who have just connected are not what is looked at.
            _ = try await eventually(within: .seconds(20)) { try await leftOver() == (0, 0) }
            try await salesforce.delay(.seconds(1))
            stage.say("\(running) syncs begin")
            try await witness.ask(people.users.map(people.sync))
            let areRunning = try await eventually(within: .seconds(20)) {
                try await salesforce.faultHits() >= running
            }
            stage.trial.expect(areRunning, "not all handlers ran at once")
            worker.child.signal(SIGTERM)
            let ending = try await within(.seconds(40), "the worker leaves") {
                try await worker.child.ended()
            }
            try await salesforce.dropFaults()
            stage.trial.expect(ending == .exited(0), "the worker \(ending.text)")
            try await witness.catchUp()
            stage.trial.expect(ledger.openCount == 0, "\(ledger.openCount) handlers were cut off")
            if let last = ledger.lastAnswer, let end = worker.child.endedAt {
                let rest = last.duration(to: end)
                stage.trial.note("left \(rest.text) after the last handler's outcome")
                stage.trial.expect(rest <= .milliseconds(1500), "left only after \(rest.text)")
            }
            return people
        }
    }

    /// A handler that does not end is cut off, and the next process does its work.
    fileprivate func leaveStuck(_ people: People) async throws {
        let claims = try await reruns()
        try await salesforce.delay(.seconds(120))
        let environment = ["WORKER_DRAIN_BUDGET": "3s"]
        let worker = try await WorkerProcess.start("stuck", in: self, environment: environment)
        try await worker.whileRunning {
            try await worker.whenReady(in: self)
            stage.say("one sync gets stuck")
            try await witness.ask([people.sync(people.users[0])])
            _ = try await eventually(within: .seconds(20)) {
                try await salesforce.faultHits() >= 1
            }
            let told = Instant.now
            worker.child.signal(SIGTERM)
            let ending = try await within(.seconds(30), "the stuck worker leaves") {
                try await worker.child.ended()
            }
            let rest = told.duration(to: .now)
            stage.trial.expect(ending == .exited(0), "the stuck worker \(ending.text)")
            stage.trial.note("with a stuck handler and 3 s to drain, left after \(rest.text)")
            stage.trial.expect(
                rest < .seconds(6),
                "with a stuck handler, left only after \(rest.text)"
            )
        }
        try await salesforce.dropFaults()
        stage.trial.outageEnded()
        let next = try await WorkerProcess.start("next", in: self)
        try await next.whileRunning {
            try await next.whenReady(in: self)
            try await Audit(world: self, people: people).run()
            let again = try await reruns().again
            stage.trial.expect(
                claims.again == 0,
                "\(claims.again) finished requests were taken again"
            )
            stage.trial.expect(
                again == 1,
                "\(again) requests were taken a second time, not just the stuck one"
            )
        }
    }
}

extension WorkerProcess {
    /// Runs the body and kills the process afterwards.
    func whileRunning<Result>(_ body: () async throws -> Result) async throws -> Result {
        let result: Result
        do {
            result = try await body()
        } catch {
            await child.stop()
            throw error
        }
        await child.stop()
        return result
    }
}
