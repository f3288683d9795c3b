import Postgres

/// People come and go all the time while workers are killed at any moment: in the end no approval
/// lives at Salesforce that nobody has.
struct TokenStorm {
    private static let replicas = 4
    /// A refresh is leased for three times as long, and a lost worker's lease has to run out.
    private static let environment = ["SALESFORCE_TOKEN_TIMEOUT": "2s"]
    /// A worker that is killed while it revokes has leased that for two minutes.
    private static let revocationLease = Duration.seconds(120)

    let world: World
    let kills: Int

    private var trial: Trial { world.stage.trial }

    /// Plays it.
    func run() async throws {
        let size = world.stage.effort.choose(short: 3, usual: 6, long: 10)
        let companies = (1...size).map { StormCompany($0, in: world) }
        try await world.withFleet(Self.replicas, environment: Self.environment) { fleet in
            try await slowDown()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for company in companies { group.addTask { try await company.found() } }
                try await group.waitForAll()
            }
            let stop = StopSign()
            try await world.underLoad(Load(perSecond: 20), world.stage.random(for: "load")) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for company in companies {
                        group.addTask { try await company.comeAndGo(until: stop) }
                    }
                    try await strike(fleet)
                    stop.putUp()
                    try await group.waitForAll()
                }
            }
            try await Audit(world: world, expectsFailures: true).run()
            try await settleGrants()
            try await endRevocations()
            try await count(companies)
            try await countLosses()
            trial.expectNone(fleet.unexpectedEnds, "workers that ended by themselves")
        }
    }

    /// So that a death at any moment is often one between what Salesforce did and who asked for it.
    private func slowDown() async throws {
        for path in ["/services/oauth2/token", "/services/oauth2/revoke"] {
            try await world.salesforce.holdAnswers(to: path, for: .milliseconds(300))
        }
        try await world.salesforce.slowRefreshes(to: .seconds(1))
        // All of them are to be there when they are counted.
        try await world.salesforce.allowApprovals(1000)
    }

    private func strike(_ fleet: Fleet) async throws {
        var random = world.stage.random(for: "kills")
        for kill in 1...kills {
            // Sleeps because the moment is to be any, whatever is being done then.
            try await Task.sleep(for: .milliseconds(2500 + random.below(5000)))
            try await refreshAll()
            // Sleeps because some refreshes are to be under way, and some not yet or no more.
            try await Task.sleep(for: .milliseconds(400 + random.below(1000)))
            let victim = random.below(Self.replicas)
            world.stage.say("kill \(kill) of \(kills): worker \(victim + 1)")
            fleet.kill(victim)
        }
        // Sleeps because the last death, too, happens among others' work.
        try await Task.sleep(for: .seconds(4))
    }

    /// Lets the workers refresh every grant within a second or so.
    private func refreshAll() async throws {
        _ = try await world.pool.query("UPDATE provider_grant SET keep_alive_at = now()")
    }

    /// Waits until everything is revoked that was to be.
    private func endRevocations() async throws {
        switch world.stage.effort {
        case .long: break
        case .short, .usual:
            // Nobody waits here until the leases of those that were killed have run out.
            _ = try await world.pool.query(
                "UPDATE grant_revocation SET due_at = now() WHERE attempts > 0"
            )
        }
        let limit = Self.revocationLease + .seconds(30)
        let areEnded = try await eventually(within: limit, every: .milliseconds(200)) {
            try await world.pool.query("SELECT id FROM grant_revocation").isEmpty
        }
        trial.expect(areEnded, "tokens that are still to be revoked")
    }

    /// Holds Salesforce's approvals against the grants.
    private func count(_ companies: [StormCompany]) async throws {
        var (live, orphans, rejected, logIns) = (0, 0, 0, 0)
        var wrong: [String] = []
        for company in companies {
            let log = company.log
            logIns += log.logIns
            rejected += log.rejected.values.reduce(0, +)
            trial.expectNone(log.unexpected, "log-ins that failed")
            for member in company.everybody {
                let approvals = try await world.salesforce.liveApprovals(of: member.account)
                let grants = try await grants(of: member.account)
                let explained = log.rejected[member.account] ?? 0
                live += approvals
                orphans += max(0, approvals - grants)
                if approvals < grants || approvals - grants > explained {
                    wrong.append("\(member.account) has \(approvals) for \(grants) grants")
                }
            }
        }
        trial.expectNone(wrong, "people with approvals that are no grant's")
        trial.note(
            "\(logIns) log-ins under fire, \(rejected) rejected as their tokens died with a worker; "
                + "\(live) approvals live: \(live - orphans) have a grant, \(orphans) nobody can end"
        )
    }

    /// How many grants of an account are a company's that is on, or a connected person's.
    private func grants(of account: String) async throws -> Int {
        try await world.pool.query(
            """
            SELECT id FROM provider_grant
            WHERE username = \(account) AND state NOT IN ('lost', 'revoked') AND id IN (
                SELECT grant_id FROM company_integration WHERE state = 'on'
                UNION ALL SELECT grant_id FROM user_connection WHERE state = 'connected'
            )
            """
        ).count
    }

    /// Every grant gets new tokens with those that are stored, but for the ones whose refresh died with
    /// a worker: these are lost.
    private func settleGrants() async throws {
        try await world.salesforce.dropFaults()
        // What may be spent is sent again only when the access token has run out, too.
        try await world.salesforce.expireAllTokens()
        let unsure = try await world.pool.query(
            """
            UPDATE provider_grant SET refreshed_at = '-infinity'
            WHERE state NOT IN ('lost', 'revoked') RETURNING id::text, state
            """
        ).filter { try $0.decode(1, as: String.self) != "active" }.map {
            try $0.decode(0, as: String.self)
        }
        let areSettled = try await eventually(within: .seconds(40), every: .seconds(1)) {
            try await world.pool.query(
                """
                UPDATE provider_grant SET keep_alive_at = now()
                WHERE state NOT IN ('lost', 'revoked') AND refreshed_at = '-infinity' RETURNING id
                """
            ).isEmpty
        }
        trial.expect(areSettled, "grants that are neither refreshed nor lost")
        let lost = try await world.pool.query(
            "SELECT id::text FROM provider_grant WHERE state = 'lost' AND refreshed_at = '-infinity'"
        ).map { try $0.decode(0, as: String.self) }
        trial.expectNone(lost.filter { !unsure.contains($0) }, "grants whose tokens do not work")
    }

    /// Who has to sign in again, has because of a worker that died with their tokens.
    private func countLosses() async throws {
        try await world.witness.catchUp()
        let notices = world.ledger.events.filter {
            $0.type == "integration.reauthorization-required.v1"
        }
        trial.expectNone(
            notices.filter { $0.reason != "grant-ambiguous" }.map { $0.reason ?? "" },
            "notices to sign in again for another reason"
        )
        trial.note(
            "\(Set(notices.map(\.id)).count) grants lost as their new tokens died with a worker, "
                + "all others got new tokens with what was stored"
        )
    }
}
