import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct AttemptTests {
    private static let hash = PKCE.fingerprint(of: Secret("state"))

    @Test func anAttemptIsOneRequestsForGood() async throws {
        try await withStore { fixture in
            try await Self.insert(fixture)
            let begun = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<10 {
                    group.addTask { try await Self.begin(fixture, "r-\(number)") }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(begun == 1)
            let attempt = try await #require(
                fixture.store.attempt(in: fixture.company, stateHash: Self.hash)
            )
            #expect(attempt.state == .exchanging)
            #expect(attempt.verifier == Secret("plain-verifier"))
            // The one that has it may begin again, after a crash.
            #expect(try await Self.begin(fixture, try #require(attempt.requestID)))
        }
    }

    @Test func anAttemptEndsOnceAndForgetsItsVerifier() async throws {
        try await withStore { fixture in
            try await Self.insert(fixture)
            let end = StateChange.endAttempt(fixture.company, stateHash: Self.hash, .succeeded)
            try await fixture.write([end])
            let attempt = try await fixture.store.attempt(in: fixture.company, stateHash: Self.hash)
            #expect(attempt?.state == .succeeded)
            #expect(attempt?.verifier == Secret(""))
            #expect(try await !Self.begin(fixture, "r-1"))
            let again = try await fixture.claim("again")
            #expect(try await fixture.complete(again, .changes([end], [])).isConflict)
        }
    }

    @Test func theVerifierIsNotStoredAsItIsAndTheStateIsAnotherCompanysToo() async throws {
        try await withStore { fixture in
            try await Self.insert(fixture)
            let plain = Array("plain-verifier".utf8)
            let found = try await fixture.number(
                "SELECT count(*) FROM authorization_attempt WHERE position(\(plain) IN verifier) > 0"
            )
            #expect(found == 0)
            let other = try #require(CompanyID(rawValue: "other"))
            #expect(try await fixture.store.attempt(in: other, stateHash: Self.hash) == nil)
            let begun = try await fixture.store.beginExchange(
                in: other,
                stateHash: Self.hash,
                requestID: "r-1"
            )
            #expect(!begun)
        }
    }

    @Test func whatNobodyCameBackFromExpiresOnceWithAnOutcome() async throws {
        try await withStore { fixture in
            try await Self.insert(fixture, expiresAt: Date() + 600)
            #expect(try await Self.expire(fixture) == nil)
            _ = try await fixture.pool.query(
                "UPDATE authorization_attempt SET expires_at = now() - interval '1 second'"
            )
            let entry = try await Self.expire(fixture)
            let record = try #require(entry?.records.first)
            #expect(entry?.records.count == 1)
            #expect(record.type == "integration.failed.v1")
            let outcome = try record.data(PublishedOutcome.self)
            #expect(outcome.reason == "authorization-expired")
            #expect(outcome.remedy == "of user at https://login.example")
            #expect(outcome.userId == "u-7")
            #expect(outcome.requestId == record.header("ce_causationid"))
            #expect(try await Self.expire(fixture) == nil)
            #expect(try await !Self.begin(fixture, "r-1"))
            let left = try await fixture.store.leftOver(in: Store.schedule)
            #expect(left.map(\.reference) == [entry?.reference])
        }
    }

    @Test func whatIsBeingExchangedDoesNotExpire() async throws {
        try await withStore { fixture in
            try await Self.insert(fixture, expiresAt: Date() - 600)
            #expect(try await Self.begin(fixture, "r-1"))
            #expect(try await Self.expire(fixture) == nil)
        }
    }

    @Test func successEndsWhatElseWasBegunForTheSamePurposeWithoutAWord() async throws {
        try await withStore { fixture in
            let (mine, same, others) = (
                try fixture.attempt(), try fixture.attempt(), try fixture.attempt("u-8")
            )
            for (number, attempt) in [mine, same, others].enumerated() {
                let hash = [UInt8](repeating: UInt8(number), count: 32)
                try await fixture.write([.insertAttempt(attempt, stateHash: hash)])
            }
            try await fixture.write([.supersedeAttempts(beside: mine)])
            let states = try await fixture.text(
                "SELECT string_agg(state, ' ' ORDER BY state_hash) FROM authorization_attempt"
            )
            #expect(states == "pending expired pending")
            #expect(try await Self.expire(fixture) == nil)
        }
    }

    private static func expire(_ fixture: StoreFixture) async throws -> OutboxEntry? {
        try await fixture.store.expireAttempts(limit: 10, now: .now) { _, scope, loginURL in
            Failure(.authorizationExpired, remedy: "of \(scope.rawValue) at \(loginURL)")
        }
    }

    private static func begin(_ fixture: StoreFixture, _ requestID: String) async throws -> Bool {
        try await fixture.store.beginExchange(
            in: fixture.company,
            stateHash: hash,
            requestID: requestID
        )
    }

    private static func insert(
        _ fixture: StoreFixture,
        expiresAt: Date = Date() + 600
    ) async throws {
        let attempt = try fixture.attempt(expiresAt: expiresAt)
        try await fixture.write([.insertAttempt(attempt, stateHash: hash)])
    }
}
