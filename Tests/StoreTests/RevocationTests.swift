import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

/// Tokens without a grant: they are adopted or revoked, whatever happens.
@Suite(.timeLimit(.minutes(1)))
struct RevocationTests {
    private static let tokens = Tokens(
        access: Secret("kept-access"),
        refresh: Secret("kept-refresh"),
        instanceURL: "https://acme.example",
        identityURL: "https://login.example/id/00D/005"
    )

    @Test func tokensOfACodeAreFoundAgainAndNotRevokedMeanwhile() async throws {
        try await withStore { fixture in
            let attempt = try fixture.attempt()
            #expect(try await fixture.store.keptTokens(for: attempt) == nil)
            try await fixture.store.keep(Self.tokens, for: attempt)
            #expect(try await fixture.store.keptTokens(for: attempt) == Self.tokens)
            #expect(try await fixture.revocations() == [])
            let plain = try await fixture.text("SELECT row::text FROM grant_revocation AS row")
            #expect(plain?.contains("kept") == false)
        }
    }

    @Test func adoptedTokensAreNotRevokedAndAdoptedOnce() async throws {
        try await withStore { fixture in
            let attempt = try fixture.attempt()
            try await fixture.store.keep(Self.tokens, for: attempt)
            try await fixture.write([.adoptTokens(of: attempt)])
            #expect(try await fixture.number("SELECT count(*) FROM grant_revocation") == 0)
            let claim = try await fixture.claim("r-1")
            let again = Completion.Work.changes([.adoptTokens(of: attempt)], [])
            #expect(try await fixture.complete(claim, again).isConflict)
        }
    }

    @Test func tokensNobodyAdoptsAreRevokedAtOnceOrInTheEnd() async throws {
        try await withStore { fixture in
            let attempt = try fixture.attempt()
            try await fixture.store.keep(Self.tokens, for: attempt)
            try await fixture.write([.revokeTokens(of: attempt)])
            #expect(try await fixture.revocations() == [Self.tokens])
            // Whoever is revoking them must not find them in use.
            #expect(try await fixture.store.keptTokens(for: attempt) == nil)
        }
    }

    @Test func aRevocationIsOneWorkersUntilItIsPutOffOrForgotten() async throws {
        try await withStore { fixture in
            try await fixture.store.discard(Self.tokens, of: fixture.grant())
            let store = fixture.store
            let first = try await store.dueRevocations(limit: 10, lease: .seconds(60))
            #expect(first.map(\.attempts) == [1])
            #expect(try await store.dueRevocations(limit: 10, lease: .seconds(60)).isEmpty)
            let revocation = try #require(first.first)
            try await store.postpone(revocation, by: .zero, because: "rate-limited (HTTP 429)")
            let second = try await store.dueRevocations(limit: 10, lease: .seconds(60))
            #expect(second.map(\.attempts) == [2])
            #expect(second.first?.tokens == Self.tokens)
            #expect(
                try await fixture.text("SELECT last_error FROM grant_revocation")
                    == "rate-limited (HTTP 429)"
            )
            try await store.forget(revocation)
            #expect(try await fixture.number("SELECT count(*) FROM grant_revocation") == 0)
        }
    }

    @Test func oneThatCannotBeReadDoesNotKeepTheOthers() async throws {
        try await withStore { fixture in
            for _ in 0..<3 { try await fixture.store.discard(Self.tokens, of: fixture.grant()) }
            _ = try await fixture.pool.query(
                """
                UPDATE grant_revocation SET access_token = refresh_token WHERE id IN (
                    SELECT id FROM grant_revocation LIMIT 1)
                """
            )
            var unreadable: [StoreError.Code] = []
            let due = try await fixture.store.dueRevocations(limit: 10, lease: .seconds(60)) {
                unreadable.append($0.code)
            }
            #expect(due.map(\.tokens) == [Self.tokens, Self.tokens])
            #expect(unreadable == [.undecryptable])
        }
    }
}
