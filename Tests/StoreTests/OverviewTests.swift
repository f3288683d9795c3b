import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct OverviewTests {
    @Test func rowsAreCountedByStateAndByCompany() async throws {
        try await withStore { fixture in
            try await fixture.turnOn()
            for user in ["u-1", "u-2", "u-3"] { try await fixture.connect(user) }
            try await fixture.execute(
                "UPDATE user_connection SET state = 'suspended' WHERE user_id = 'u-2'",
                "UPDATE provider_grant SET state = 'lost' WHERE account_id = 'account of u-3'",
                """
                INSERT INTO company_integration (company_id, provider, state, version)
                VALUES ('globex', 'salesforce', 'off', 1), ('acme', 'other', 'off', 1)
                """
            )
            let all = try await fixture.look()
            #expect(
                all.companies == Self.counts(["on": 1, "off": 1, "reauthorization-required": 0])
            )
            #expect(
                all.connections
                    == Self.counts([
                        "connected": 2, "suspended": 1, "disconnected": 0,
                        "reauthorization-required": 0,
                    ])
            )
            #expect(all.grants["active"] == RowCount(3))
            #expect(all.grants["lost"] == RowCount(1))
            #expect(all.grants["ambiguous"] == RowCount(0))

            let globex = try #require(CompanyID(rawValue: "globex"))
            let one = try await fixture.look(globex)
            #expect(one.companies["off"] == RowCount(1))
            #expect(one.connections.values.allSatisfy { $0 == RowCount(0) })
        }
    }

    @Test func whatWaitsIsCountedWithItsOldest() async throws {
        try await withStore { fixture in
            for id in ["a", "b", "c"] { _ = try await fixture.claim(id) }
            try await fixture.park("a", key: "sync/acme/u-7", error: "provider-unavailable: 503")
            try await fixture.execute(
                "UPDATE inbox SET state = 'dead', done_at = now() WHERE id = 'b'",
                "INSERT INTO outbox (company_id, topic, partition, records) VALUES ('acme', 't', 0, '')",
                "INSERT INTO outbox (company_id, topic, partition, records) VALUES ('', 't', 0, '')"
            )
            let all = try await fixture.look()
            #expect(all.requests == Self.counts(["claimed": 1, "parked": 1, "dead": 1]))
            #expect(all.parked.map(\.topic) == ["sync-request"])
            #expect(all.parked.map(\.partition) == [3])
            #expect(all.parked.first?.waiting.rows == RowCount(1))
            #expect(all.parked.first?.waiting.oldest != nil)
            #expect(all.outbox.rows == RowCount(2))
            #expect(all.leases.map(\.owner) == ["one"])
            #expect(all.leases.first?.partitions == [3])

            let acme = try await fixture.look(fixture.company)
            #expect(acme.parked == all.parked)
            #expect(acme.outbox.rows == RowCount(1))
            #expect(acme.leases.isEmpty)
            let globex = try await fixture.look(try #require(CompanyID(rawValue: "globex")))
            #expect(globex.parked.isEmpty)
            #expect(globex.requests.isEmpty)
        }
    }

    @Test func whoIsDueForLongerThanAnIntervalIsOverdue() async throws {
        try await withStore { fixture in
            for user in ["u-1", "u-2", "u-3"] { try await fixture.connect(user) }
            try await fixture.execute(
                "UPDATE user_connection SET next_sync_at = now() - interval '1 hour'",
                """
                UPDATE user_connection SET next_sync_at = now() - interval '5 minutes'
                WHERE user_id = 'u-2'
                """,
                "UPDATE user_connection SET state = 'suspended' WHERE user_id = 'u-3'"
            )
            let overdue = try await fixture.look().overdue
            #expect(overdue.rows == RowCount(1))
            #expect(overdue.oldest != nil)
        }
    }

    @Test func anImportShowsHowFarItIs() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let next = TaskCursor(timestamp: "2026-05-01T10:15:30.000Z", id: "t-2")
            let tasks = [StoreFixture.task("t-1"), StoreFixture.task("t-2")]
            let step = fixture.step(connection, tasks, next: next)
            _ = try await fixture.complete(fixture.claim("import"), .sync(step))
            let imports = try await fixture.look().imports
            #expect(imports.rows == RowCount(1))
            #expect(imports.oldest.map(\.userID) == ["u-7"])
            #expect(imports.oldest.map(\.tasks) == [2])
            #expect(imports.oldest.map(\.startedAt) == [StoreFixture.now])
            let person = try #require(try await fixture.person())
            #expect(person.runningImport == imports.oldest.first)
            #expect(person.coveredUntil == nil)
        }
    }

    @Test func aCountStopsAtItsLimitAndSaysSo() async throws {
        try await withStore { fixture in
            try await fixture.execute(
                """
                INSERT INTO grant_revocation (company_id, id, provider, login_url, instance_url,
                    identity_url, sealed_for, key_id, access_token, due_at)
                SELECT 'acme', gen_random_uuid(), 'salesforce', '', '', '', '', 'k1', '', now()
                FROM generate_series(1, 10002)
                """,
                """
                INSERT INTO user_connection (company_id, user_id, provider, state, version)
                SELECT 'acme', 'u-' || number, 'salesforce', 'disconnected', 1
                FROM generate_series(1, 100002) AS number
                """
            )
            let all = try await fixture.look()
            #expect(all.revocations.rows == RowCount(10_001, isComplete: false))
            #expect(all.connections["disconnected"] == RowCount(100_001, isComplete: false))
            #expect(all.connections["connected"] == RowCount(0, isComplete: false))
        }
    }

    private static func counts(_ counts: [String: Int]) -> [String: RowCount] {
        counts.mapValues { RowCount($0) }
    }
}

/// One company, one person, one task.
@Suite(.timeLimit(.minutes(1)))
struct OverviewOfPeopleTests {
    @Test func whoNeverBeganIsNotKnown() async throws {
        try await withStore { fixture in
            #expect(try await fixture.overview.company(fixture.company, fixture.provider) == nil)
            #expect(try await fixture.person() == nil)
            let attempt = try fixture.attempt()
            try await fixture.write([
                .insertAttempt(attempt, stateHash: [UInt8](repeating: 1, count: 32))
            ])
            let company = try await fixture.overview.company(fixture.company, fixture.provider)
            #expect(company?.state == .off)
            #expect(company?.changedAt == nil)
            #expect(try await fixture.person()?.attempts == ["pending": RowCount(1)])
            #expect(try await fixture.person("u-8") == nil)
        }
    }

    @Test func aCompanyIsToldWithItsGrant() async throws {
        try await withStore { fixture in
            try await fixture.turnOn()
            let company = try await fixture.overview.company(fixture.company, fixture.provider)
            #expect(company?.state == .on)
            #expect(company?.organizationID == "00D")
            #expect(company?.grant?.accountID == "005-owner")
            #expect(company?.grant?.state == .active)
            #expect(company?.parked.waiting.rows == RowCount(0))
        }
    }

    @Test func onlyAPersonsOwnRequestsAreTheirs() async throws {
        try await withStore { fixture in
            try await fixture.connect()
            for id in ["a", "b"] { _ = try await fixture.claim(id) }
            try await fixture.park("a", key: "sync/acme/u-7", error: "provider-unavailable: 503")
            try await fixture.park("b", key: "sync/acme/u-70", error: nil)
            let parked = try #require(try await fixture.person()).parked
            #expect(parked.waiting.rows == RowCount(1))
            #expect(parked.lastError == "provider-unavailable: 503")
            #expect(parked.attempts == 2)
            let company = try await fixture.overview.company(fixture.company, fixture.provider)
            #expect(company == nil)
        }
    }

    @Test func aTaskIsInTheListOrGoneOrSomebodyElses() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            _ = try await fixture.sync(
                connection,
                [StoreFixture.task("00T000000000001AAA"), StoreFixture.task("t-2")]
            )
            _ = try await fixture.sync(connection, [], removals: ["t-2": .deleted])
            let other = try await fixture.connect("u-8")
            _ = try await fixture.sync(other, [StoreFixture.task("t-3")])

            let listed = try #require(try await fixture.person(task: "00T000000000001"))
            #expect(listed.task?.externalID == "00T000000000001AAA")
            #expect(listed.task?.removalReason == nil)
            #expect(listed.task?.providerUpdatedAt == StoreFixture.now)
            #expect(listed.openTasks == RowCount(1))
            #expect(listed.closedTasks == RowCount(0))
            #expect(listed.coveredUntil == StoreFixture.now + 60)
            let gone = try await fixture.person(task: "t-2")
            #expect(gone?.task?.removalReason == .deleted)
            #expect(gone?.task?.version == 2)
            let elsewhere = try await fixture.person(task: "t-3")
            #expect(elsewhere?.task == nil)
            #expect(elsewhere?.otherOwner == "u-8")
            #expect(try await fixture.person(task: "t-4")?.otherOwner == nil)
        }
    }
}

extension StoreFixture {
    fileprivate var overview: Overview { Overview(pool: pool) }

    fileprivate func look(_ company: CompanyID? = nil) async throws -> ServiceOverview {
        try await overview.service(provider, of: company, syncInterval: .seconds(900))
    }

    fileprivate func person(
        _ user: String = "u-7",
        task: String? = nil
    ) async throws -> PersonOverview? {
        try await overview.person(owner(user), task: task)
    }

    /// Turns the company's integration on.
    fileprivate func turnOn() async throws {
        let grant = grant(account: "005-owner")
        var integration = CompanyIntegration(companyID: company, provider: provider, state: .on)
        integration.grantID = grant.id
        integration.organizationID = grant.organizationID
        try await write([.saveGrant(grant), .saveIntegration(integration)])
    }

    fileprivate func execute(_ queries: PostgresQuery...) async throws {
        for query in queries { _ = try await pool.query(query) }
    }

    /// Puts a request into the database whose first two attempts are spent.
    fileprivate func park(_ id: String, key: String, error: String?) async throws {
        let parking = Parking(
            claim: wanted(id, key: key),
            record: StoredRecord(key: nil, headers: [], value: nil, timestamp: nil),
            until: .after(.seconds(60)),
            attempt: 2,
            lastError: error
        )
        #expect(try await store.park([parking]).count == 1)
    }
}
