import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CompletionTests {
    @Test func aNewerLeaseFencesAndNothingIsWritten() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let changes = try await fixture.claim("r-1")
            let sync = try await fixture.claim("r-2")
            let before = try await Self.everything(fixture)
            _ = try await fixture.store.acquireLeases(on: [StoreFixture.partition], owner: "two")
            let results = try await fixture.store.complete(
                [
                    fixture.completion(changes, try Self.turnOn(fixture)),
                    fixture.completion(
                        sync,
                        .sync(fixture.step(connection, [StoreFixture.task()]))
                    ),
                ],
                now: StoreFixture.now
            )
            #expect(results.map(\.isFenced) == [true, true])
            #expect(try await Self.everything(fixture) == before)
        }
    }

    @Test func aRequestThatIsDoneIsFencedAndToldOfOnce() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claim("r-1")
            let work = try Self.turnOn(fixture)
            #expect(try await fixture.complete(claim, work).records.count == 1)
            let before = try await Self.everything(fixture)
            #expect(try await fixture.complete(claim, work).isFenced)
            #expect(try await Self.everything(fixture) == before)
            #expect(try await fixture.number("SELECT count(*) FROM outbox") == 1)
        }
    }

    @Test func aRequestThatWasNeverTakenIsFenced() async throws {
        try await withStore { fixture in
            let result = try await fixture.complete(fixture.wanted("r-1"), try Self.turnOn(fixture))
            #expect(result.isFenced)
            #expect(try await fixture.number("SELECT count(*) FROM company_integration") == 0)
        }
    }

    @Test func aConnectionThatHasChangedIsAConflictAndTheRequestStaysOpen() async throws {
        try await withStore { fixture in
            let read = try await fixture.connect()
            try await fixture.write([.saveConnection(read)])
            let claim = try await fixture.claim("r-1")
            let before = try await Self.everything(fixture)
            let result = try await fixture.complete(
                claim,
                .sync(fixture.step(read, [StoreFixture.task()]))
            )
            #expect(result.isConflict)
            #expect(try await Self.everything(fixture) == before)
            let now = try await fixture.store.connection(of: read.owner)
            #expect(now.version == read.version + 1)
            let again = try await fixture.complete(
                claim,
                .sync(fixture.step(now, [StoreFixture.task()]))
            )
            #expect(again.isWritten)
        }
    }

    @Test(arguments: [ConnectionState.suspended, .disconnected, .reauthorizationRequired])
    func aConnectionThatIsNotConnectedTakesNoTasks(state: ConnectionState) async throws {
        try await withStore { fixture in
            var connection = try await fixture.connect()
            connection.state = state
            try await fixture.write([.saveConnection(connection)])
            connection = try await fixture.store.connection(of: connection.owner)
            let claim = try await fixture.claim("r-1")
            let step = fixture.step(connection, [StoreFixture.task()])
            #expect(try await fixture.complete(claim, .sync(step)).isConflict)
        }
    }

    @Test func aRefusedChangeTakesItsCompletionBackAndNotItsNeighbours() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let owner = try fixture.owner("u-8")
            let stale = CompanyIntegration(
                companyID: fixture.company,
                provider: fixture.provider,
                version: 0
            )
            try await fixture.write([.saveIntegration(stale)])
            var claims: [InboxClaim] = []
            for id in ["r-1", "r-2", "r-3"] { claims.append(try await fixture.claim(id)) }
            let refused = Completion.Work.changes(
                [.saveConnection(UserConnection(owner: owner)), .saveIntegration(stale)],
                [.outcome(Self.outcome(fixture))]
            )
            let results = try await fixture.store.complete(
                [
                    fixture.completion(
                        claims[0],
                        .syncEnded([.outcome(Self.outcome(fixture))], nil)
                    ),
                    fixture.completion(claims[1], refused),
                    fixture.completion(
                        claims[2],
                        .sync(fixture.step(connection, [StoreFixture.task()]))
                    ),
                ],
                now: StoreFixture.now
            )
            #expect(results.map(\.isWritten) == [true, false, true])
            #expect(results[1].isConflict)
            #expect(try await fixture.store.connection(of: owner).version == 0)
            #expect(try await fixture.text("SELECT state FROM inbox WHERE id = 'r-2'") == "claimed")
            #expect(try await fixture.number("SELECT count(*) FROM outbox") == 2)
        }
    }

    @Test func anAccountThatIsAnotherPersonsIsAConflict() async throws {
        try await withStore { fixture in
            let first = try await fixture.connect("u-7")
            let second = UserConnection(
                owner: try fixture.owner("u-8"),
                state: .connected,
                grantID: first.grantID,
                accountID: first.accountID
            )
            let claim = try await fixture.claim("r-1")
            let work = Completion.Work.changes([.saveConnection(second)], [])
            #expect(try await fixture.complete(claim, work).isConflict)
            #expect(try await fixture.text("SELECT state FROM inbox WHERE id = 'r-1'") == "claimed")
            let linked = try await fixture.store.user(
                linkedTo: first.accountID ?? "",
                in: fixture.company,
                with: fixture.provider
            )
            #expect(linked == first.owner.userID)

            var gone = first
            gone.state = .disconnected
            try await fixture.write([.saveConnection(gone)])
            #expect(try await fixture.complete(claim, work).isWritten)
        }
    }

    @Test func aRecordThatIsNoRequestIsWrittenAsItIs() async throws {
        try await withStore { fixture in
            let record = EventRecord(
                topic: "sync-request.dlq",
                key: nil,
                headers: [],
                value: [0xFF]
            )
            let claim = try await fixture.claim("r-1")
            let result = try await fixture.complete(claim, .changes([], []), deadLetter: record)
            #expect(result.records == [record])
        }
    }

    private static func turnOn(_ fixture: StoreFixture) throws -> Completion.Work {
        let grant = fixture.grant()
        let integration = CompanyIntegration(
            companyID: fixture.company,
            provider: fixture.provider,
            state: .on,
            grantID: grant.id,
            organizationID: grant.organizationID
        )
        return .changes(
            [.saveGrant(grant), .saveIntegration(integration)],
            [.outcome(outcome(fixture))]
        )
    }

    private static func outcome(_ fixture: StoreFixture) -> Outcome {
        Outcome(
            companyID: fixture.company,
            provider: fixture.provider,
            userID: nil,
            .disabled(.company)
        )
    }

    /// Every row of every table, but not who owns the partitions.
    private static func everything(_ fixture: StoreFixture) async throws -> [String] {
        var rows: [String] = []
        for table in [
            "company_integration", "user_connection", "provider_grant", "authorization_attempt",
            "task", "import_checkpoint", "company_sync", "inbox", "outbox",
        ] {
            let query = PostgresQuery(
                unescaped: "SELECT '\(table) ' || row::text FROM \(table) AS row ORDER BY 1"
            )
            rows += try await fixture.pool.query(query).map { try $0.decode(0, as: String.self) }
        }
        return rows
    }
}
