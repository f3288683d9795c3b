import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct GrantTests {
    @Test func noColumnHoldsATokenAsItIs() async throws {
        try await withStore { fixture in
            let grant = fixture.grant()
            try await fixture.write([.saveGrant(grant)])
            for token in [grant.tokens.access, grant.tokens.refresh] {
                let plain = Array(try #require(token).reveal().utf8)
                let found = try await fixture.number(
                    """
                    SELECT count(*) FROM provider_grant AS row
                    WHERE position(\(plain) IN access_token) > 0
                        OR position(\(plain) IN refresh_token) > 0
                        OR position(encode(\(plain), 'escape') IN row::text) > 0
                        OR position(encode(\(plain), 'hex') IN row::text) > 0
                        OR position(encode(\(plain), 'base64') IN row::text) > 0
                    """
                )
                #expect(found == 0)
            }
            #expect(try await fixture.store.grant(grant.id, of: fixture.company) == grant)
        }
    }

    @Test func theSameTokensAreNeverStoredAsTheSameBytes() async throws {
        try await withStore { fixture in
            let grant = fixture.grant()
            try await fixture.write([.saveGrant(grant)])
            let before = try await fixture.text("SELECT access_token::text FROM provider_grant")
            try await fixture.write([.saveGrant(grant)])
            #expect(
                try await fixture.text("SELECT access_token::text FROM provider_grant") != before
            )
            let stored = try await fixture.store.grant(grant.id, of: fixture.company)
            #expect(stored?.generation == 2)
        }
    }

    @Test func aCiphertextMovedToAnotherRowOrColumnDoesNotDecrypt() async throws {
        try await withStore { fixture in
            let (mine, theirs) = (fixture.grant(account: "1"), fixture.grant(account: "2"))
            try await fixture.write([.saveGrant(mine), .saveGrant(theirs)])
            let original = """
                UPDATE provider_grant SET access_token = other.access_token,
                    refresh_token = other.refresh_token
                FROM provider_grant AS other
                """
            for move: PostgresQuery in [
                "\(unescaped: original) WHERE provider_grant.id = \(mine.id) AND other.id = \(theirs.id)",
                """
                UPDATE provider_grant SET access_token = refresh_token WHERE id = \(theirs.id)
                """,
            ] {
                _ = try await fixture.pool.query(move)
            }
            for id in [mine.id, theirs.id] {
                let error = await #expect(throws: StoreError.self) {
                    _ = try await fixture.store.grant(id, of: fixture.company)
                }
                #expect(error?.code == .undecryptable)
                #expect(error?.description.contains("plain") == false)
            }
        }
    }

    @Test func aRevokedGrantHasNoTokens() async throws {
        try await withStore { fixture in
            let grant = fixture.grant()
            try await fixture.write([.saveGrant(grant)])
            try await fixture.write([.revokeGrant(fixture.company, grant.id)])
            let stored = try await fixture.store.grant(grant.id, of: fixture.company)
            #expect(stored?.state == .revoked)
            #expect(stored?.tokens.access == Secret(""))
            #expect(stored?.tokens.refresh == nil)
            let left = try await fixture.number(
                "SELECT sum(length(access_token) + coalesce(length(refresh_token), 0)) FROM provider_grant"
            )
            #expect(left == 0)
            let error = await #expect(throws: PostgresError.self) {
                _ = try await fixture.pool.query("UPDATE provider_grant SET access_token = 'x'")
            }
            #expect(error?.constraint == "revoked_has_no_tokens")
        }
    }

    @Test func aSecondGrantForTheSameProviderUserIsAConflict() async throws {
        try await withStore { fixture in
            try await fixture.write([.saveGrant(fixture.grant())])
            let claim = try await fixture.claim("r-1")
            let work = Completion.Work.changes([.saveGrant(fixture.grant())], [])
            #expect(try await fixture.complete(claim, work).isConflict)
        }
    }

    @Test func ofThirtyCallersOneMayRefresh() async throws {
        try await withStore { fixture in
            let grant = fixture.grant()
            try await fixture.write([.saveGrant(grant)])
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<30 {
                    group.addTask {
                        try await fixture.store.beginRefresh(
                            of: grant,
                            attempt: UUID(),
                            lease: .seconds(60)
                        )
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(winners == 1)
            #expect(
                try await fixture.store.grant(grant.id, of: fixture.company)?.state == .refreshing
            )
        }
    }

    @Test func onlyWhoHasTheRightEndsARefresh() async throws {
        try await withStore { fixture in
            var grant = fixture.grant()
            try await fixture.write([.saveGrant(grant)])
            let (slow, quick) = (UUID(), UUID())
            let store = fixture.store
            #expect(try await store.beginRefresh(of: grant, attempt: slow, lease: .seconds(-1)))
            // The first one's time is up.
            #expect(try await store.beginRefresh(of: grant, attempt: quick, lease: .seconds(60)))
            grant.tokens.access = Secret("newer")
            #expect(try await !store.endRefresh(of: grant, attempt: slow))
            #expect(try await store.endRefresh(of: grant, attempt: quick))
            #expect(try await !store.endRefresh(of: grant, attempt: quick))
            let stored = try await store.grant(grant.id, of: fixture.company)
            #expect(stored?.tokens.access == Secret("newer"))
            #expect(stored?.generation == 2)
            #expect(stored?.state == .active)
            // A caller that read the generation before cannot refresh any more.
            #expect(try await !store.beginRefresh(of: grant, attempt: slow, lease: .seconds(60)))
        }
    }

    @Test func aRightGivenBackLeavesTheTokensAndTheGeneration() async throws {
        try await withStore { fixture in
            let grant = fixture.grant()
            try await fixture.write([.saveGrant(grant)])
            let (store, attempt) = (fixture.store, UUID())
            #expect(try await store.beginRefresh(of: grant, attempt: attempt, lease: .seconds(60)))
            try await store.releaseRefresh(of: grant, attempt: UUID(), to: .lost)
            #expect(try await store.grant(grant.id, of: fixture.company)?.state == .refreshing)
            try await store.releaseRefresh(of: grant, attempt: attempt, to: .active)
            #expect(try await store.grant(grant.id, of: fixture.company) == grant)
        }
    }

    @Test func aGrantIsUsedByWhoeverElseIsConnectedWithIt() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let grantID = try #require(connection.grantID)
            func isUsed(otherThan use: GrantUse) async throws -> Bool {
                try await fixture.store.isUsed(grantID, of: fixture.company, otherThan: use)
            }
            #expect(try await isUsed(otherThan: .integration))
            #expect(try await !isUsed(otherThan: .connection(connection.owner)))
            let integration = CompanyIntegration(
                companyID: fixture.company,
                provider: fixture.provider,
                state: .on,
                grantID: grantID,
                organizationID: "00D"
            )
            try await fixture.write([.saveIntegration(integration)])
            #expect(try await isUsed(otherThan: .connection(connection.owner)))
        }
    }
}
