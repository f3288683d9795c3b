import Postgres

extension Scenario {
    static let tokenRace = Scenario(
        name: "tokenRace",
        summary: "all workers at once meet the same dead access token: one of them gets a new one"
    ) { stage in
        let workers = stage.effort.choose(short: 10, usual: 30, long: 30)
        let refresh = Duration.seconds(stage.effort.choose(short: 1, usual: 2, long: 2))
        let rounds = stage.effort.times(short: 2, usual: 6, every: .seconds(6))
        stage.trial.did(
            "\(workers) workers meet one dead access token ×\(rounds + 1), refresh of \(refresh.text)"
        )
        try await stage.withWorld(partitions: workers) { world in
            // One partition of each topic for each worker.
            let assignment = ["KAFKA_PROPERTIES_PARTITION_ASSIGNMENT_STRATEGY": "range"]
            try await world.withFleet(workers, environment: assignment) { fleet in
                let race = TokenRace(world: world, workers: workers)
                try await race.prepare(refresh)
                var sum = TokenRace.Calls()
                for round in 1...rounds {
                    stage.say("round \(round) of \(rounds)")
                    sum += try await race.play(round)
                }
                stage.say("the company's own grant")
                sum += try await race.playShared(rounds + 1)
                try await race.report(sum, rounds + 1)
                try await Audit(world: world).run()
                stage.trial.expectNone(fleet.unexpectedEnds, "workers that ended by themselves")
            }
        }
    }
}

/// Requests of one person in every partition at once, so that every worker uses the same grant.
private struct TokenRace {
    /// What Salesforce was asked.
    struct Calls: Sendable {
        /// Calls with a dead token.
        var refused = 0
        /// Calls for new tokens.
        var refreshes = 0

        static func += (sum: inout Calls, other: Calls) {
            sum.refused += other.refused
            sum.refreshes += other.refreshes
        }
    }

    let world: World
    let workers: Int
    let person = Company.Member(user: "person", account: "person@acme.com")
    /// Whose Salesforce user is also the company's.
    let boss = Company.Member(user: "boss", account: "jane@acme.com")

    private let company: Company

    init(world: World, workers: Int) {
        self.world = world
        self.workers = workers
        company = Company("race", in: world)
    }

    private var trial: Trial { world.stage.trial }

    /// Connects everybody and waits until each worker has a partition.
    func prepare(_ refresh: Duration) async throws {
        try await world.salesforce.addUser(person.account)
        try await company.mustConnect([.owner(of: boss.account)])
        try await company.mustConnect([person, boss])
        let areSpread = try await eventually(within: .seconds(60)) {
            guard try await owners() == workers else { return false }
            return try await world.leftOver() == (0, 0)
        }
        guard areSpread else { throw ChaosError("not every worker owns a partition") }
        try await world.salesforce.slowRefreshes(to: refresh)
    }

    /// Everybody meets a person's dead access token.
    func play(_ round: Int) async throws -> Calls {
        try await world.salesforce.forgetRequests()
        try await world.salesforce.expireTokens(of: person.account)
        return try await meet(person, round)
    }

    /// The company's and a person's connection are one grant: its token dies while the company's care
    /// refreshes it.
    func playShared(_ round: Int) async throws -> Calls {
        trial.expect(try await grants(of: boss.account) == 1, "two grants of one Salesforce user")
        try await world.salesforce.forgetRequests()
        _ = try await world.pool.query(
            "UPDATE provider_grant SET keep_alive_at = now() WHERE username = \(boss.account)"
        )
        let isRefreshing = try await eventually(within: .seconds(10), every: .milliseconds(10)) {
            try await world.pool.query(
                """
                SELECT id FROM provider_grant
                WHERE username = \(boss.account) AND state = 'refreshing'
                """
            ).count == 1
        }
        trial.expect(isRefreshing, "the company's grant was not kept alive")
        try await world.salesforce.expireTokens(of: boss.account)
        return try await meet(boss, round)
    }

    /// The requests of one round, and what they come to.
    private func meet(_ member: Company.Member, _ round: Int) async throws -> Calls {
        let user = member.user ?? ""
        let requests = (0..<workers).map { partition in
            // Order is promised to a person within a partition: here each has a key of its own.
            var request = Request.sync(company.name, "\(user)", number: round)
            request.id += "-\(partition)"
            request.key += "/\(partition)"
            request.partition = Int32(partition)
            return request
        }
        let answers = try await within(.seconds(90), "the outcomes of round \(round)") {
            try await company.answers(to: requests)
        }
        trial.expectNone(
            answers.filter { $0.type != "sync.completed.v1" }
                .map { "\($0.type ?? "") \($0.reason ?? "")" },
            "syncs not completed in round \(round)"
        )
        let counts = try await world.salesforce.requestCounts()
        let calls = counts["POST /services/oauth2/token refresh_token"] ?? 0
        trial.expect(calls == 1, "\(calls) calls for new tokens in round \(round)")
        return Calls(refused: counts["status 401"] ?? 0, refreshes: calls)
    }

    /// The sums, and that nobody has to sign in again.
    func report(_ sum: Calls, _ rounds: Int) async throws {
        trial.note(
            "\(rounds) dead tokens: \(sum.refused) of \(rounds * workers) syncs met them, "
                + "\(sum.refreshes) calls for new ones"
        )
        trial.expect(
            sum.refused > rounds * workers / 2,
            "only \(sum.refused) calls met a dead token"
        )
        let states = try await world.pool.query(
            "SELECT state FROM provider_grant"
        )
        trial.expect(
            try states.allSatisfy { try $0.decode(0, as: String.self) == "active" },
            "grants that are not active"
        )
        trial.expectNone(
            world.ledger.events.filter { $0.type == "integration.reauthorization-required.v1" }
                .map(\.key),
            "people who have to sign in again"
        )
    }

    /// How many workers own a partition of the sync requests.
    private func owners() async throws -> Int {
        let rows = try await world.pool.query(
            """
            SELECT count(DISTINCT owner) FROM partition_lease WHERE topic = \(Topics.syncRequest)
            """
        )
        return Int(try rows[0].decode(0, as: Int64.self))
    }

    private func grants(of account: String) async throws -> Int {
        try await world.pool.query(
            "SELECT id FROM provider_grant WHERE username = \(account)"
        ).count
    }
}
