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

    @Test func aGrantNobodyUsesEndsHereAndItsTokensAreKeptToEndThereToo() async throws {
        try await withStore { fixture in
            let grant = fixture.grant()
            try await fixture.write([.saveGrant(grant)])
            try await fixture.write([.releaseGrant(fixture.company, grant.id)])
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
            #expect(try await fixture.revocations() == [grant.tokens])
            // Once is enough.
            try await fixture.write([.releaseGrant(fixture.company, grant.id)])
            #expect(try await fixture.number("SELECT count(*) FROM grant_revocation") == 1)
        }
    }

    @Test func aGrantSomebodyElseUsesIsNotReleased() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let grantID = try #require(connection.grantID)
            func release() async throws -> GrantState? {
                try await fixture.write([.releaseGrant(fixture.company, grantID)])
                return try await fixture.store.grant(grantID, of: fixture.company)?.state
            }
            #expect(try await release() == .active)
            var integration = CompanyIntegration(
                companyID: fixture.company,
                provider: fixture.provider,
                state: .on,
                grantID: grantID,
                organizationID: "00D"
            )
            var left = connection
            left.state = .disconnected
            left.grantID = nil
            try await fixture.write([.saveIntegration(integration), .saveConnection(left)])
            #expect(try await release() == .active)
            integration.version = 1
            integration.state = .off
            integration.grantID = nil
            try await fixture.write([.saveIntegration(integration)])
            #expect(try await release() == .revoked)
        }
    }

    @Test func newTokensReplaceThoseThatWereReadAndTheOldOnesAreRevokedAfterwards() async throws {
        try await withStore { fixture in
            var grant = fixture.grant()
            let first = grant.tokens
            try await fixture.write([.saveGrant(grant)])
            #expect(try await fixture.revocations() == [])
            grant.tokens.refresh = Secret("of the second approval")
            try await fixture.write([.saveGrant(grant)])
            let stored = try await fixture.store.grant(grant.id, of: fixture.company)
            #expect(stored?.tokens == grant.tokens)
            #expect(stored?.generation == 2)
            #expect(try await fixture.revocations() == [first])
            // Somebody else was faster: nothing is replaced, and nothing is revoked.
            let claim = try await fixture.claim("r-1")
            #expect(try await fixture.complete(claim, .changes([.saveGrant(grant)], [])).isConflict)
            #expect(try await fixture.number("SELECT count(*) FROM grant_revocation") == 1)
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
}
