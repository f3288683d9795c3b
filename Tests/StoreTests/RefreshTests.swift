import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

/// Who may refresh a grant, and what becomes of it.
@Suite(.timeLimit(.minutes(1)))
struct RefreshTests {
    @Test func ofThirtyCallersOneMayRefresh() async throws {
        try await withStore { fixture in
            let grant = fixture.grant()
            try await fixture.write([.saveGrant(grant)])
            let rights = try await withThrowingTaskGroup(of: RefreshRight?.self) { group in
                for _ in 0..<30 {
                    group.addTask {
                        try await fixture.store.beginRefresh(
                            of: grant,
                            attempt: UUID(),
                            lease: .seconds(60)
                        )
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(rights.compactMap(\.self) == [.first])
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
            let late: Duration = .seconds(-1)
            #expect(try await store.beginRefresh(of: grant, attempt: slow, lease: late) == .first)
            // The first one's time is up, and nobody knows what it has sent.
            #expect(
                try await store.beginRefresh(of: grant, attempt: quick, lease: .seconds(60))
                    == .again
            )
            grant.tokens.access = Secret("newer")
            #expect(try await !store.endRefresh(of: grant, attempt: slow))
            #expect(try await store.endRefresh(of: grant, attempt: quick))
            #expect(try await !store.endRefresh(of: grant, attempt: quick))
            let stored = try await store.grant(grant.id, of: fixture.company)
            #expect(stored?.tokens.access == Secret("newer"))
            #expect(stored?.generation == 2)
            #expect(stored?.state == .active)
            // A caller that read the generation before cannot refresh any more.
            #expect(
                try await store.beginRefresh(of: grant, attempt: slow, lease: .seconds(60)) == nil
            )
        }
    }

    @Test func aRightGivenBackLeavesTheTokensAndTheGeneration() async throws {
        try await withStore { fixture in
            let grant = fixture.grant()
            try await fixture.write([.saveGrant(grant)])
            let (store, attempt) = (fixture.store, UUID())
            _ = try await store.beginRefresh(of: grant, attempt: attempt, lease: .seconds(60))
            try await store.releaseRefresh(of: grant, attempt: UUID())
            #expect(try await store.grant(grant.id, of: fixture.company)?.state == .refreshing)
            try await store.releaseRefresh(of: grant, attempt: attempt)
            #expect(try await store.grant(grant.id, of: fixture.company) == grant)
        }
    }

    @Test func aTokenNobodyAnsweredForIsNotSentAgainForAWhile() async throws {
        try await withStore { fixture in
            let grant = fixture.grant()
            try await fixture.write([.saveGrant(grant)])
            let (store, attempt) = (fixture.store, UUID())
            _ = try await store.beginRefresh(of: grant, attempt: attempt, lease: .seconds(60))
            try await store.leaveAmbiguous(grant, attempt: attempt, pause: .seconds(60))
            let ambiguous = try await store.grant(grant.id, of: fixture.company)
            #expect(ambiguous?.state == .ambiguous)
            #expect(ambiguous?.tokens == grant.tokens)
            #expect(
                try await store.beginRefresh(of: grant, attempt: UUID(), lease: .seconds(60)) == nil
            )
            _ = try await fixture.pool.query("UPDATE provider_grant SET refresh_until = now()")
            #expect(
                try await store.beginRefresh(of: grant, attempt: UUID(), lease: .seconds(60))
                    == .again
            )
        }
    }

    /// The statements move a grant as the machine says, from every state and on every event.
    @Test func statementsFollowTheMachine() async throws {
        try await withStore { fixture in
            for state in GrantState.allCases {
                for event in GrantState.Event.allCases {
                    let grant = fixture.grant(account: "\(state) \(event)")
                    let moved = try await Self.move(grant, from: state, on: event, fixture)
                    #expect(moved?.state == state.next(on: event) ?? state, "\(state) on \(event)")
                    let isNew = moved?.state == .lost && state != .lost
                    #expect(moved?.lostReason == (isNew ? .grantRevoked : nil))
                }
            }
        }
    }

    private static func move(
        _ grant: Grant,
        from state: GrantState,
        on event: GrantState.Event,
        _ fixture: StoreFixture
    ) async throws -> Grant? {
        let (store, attempt) = (fixture.store, UUID())
        try await fixture.write([.saveGrant(grant)])
        _ = try await fixture.pool.query(
            """
            UPDATE provider_grant SET state = \(state.rawValue), refresh_attempt = \(attempt),
                refresh_until = now(),
                access_token = CASE WHEN \(state == .revoked) THEN '' ELSE access_token END,
                refresh_token = CASE WHEN \(state == .revoked) THEN NULL ELSE refresh_token END
            WHERE id = \(grant.id)
            """
        )
        switch event {
        case .authorized: try await fixture.write([.saveGrant(grant)])
        case .refreshStarted:
            _ = try await store.beginRefresh(of: grant, attempt: attempt, lease: .seconds(60))
        case .refreshed: _ = try await store.endRefresh(of: grant, attempt: attempt)
        case .refreshReleased: try await store.releaseRefresh(of: grant, attempt: attempt)
        case .refreshUnanswered:
            try await store.leaveAmbiguous(grant, attempt: attempt, pause: .seconds(5))
        case .refused: try await store.markLost(grant, because: .grantRevoked)
        case .revoked: try await fixture.write([.releaseGrant(fixture.company, grant.id)])
        }
        return try await store.grant(grant.id, of: fixture.company)
    }

    @Test func grantsIdleForAWeekAreTakenOnceAnHour() async throws {
        try await withStore { fixture in
            let (idle, busy, ended) = (
                fixture.grant(account: "1"), fixture.grant(account: "2"),
                fixture.grant(account: "3")
            )
            try await fixture.write([.saveGrant(idle), .saveGrant(busy), .saveGrant(ended)])
            try await fixture.store.markLost(ended, because: .grantRevoked)
            #expect(try await fixture.store.idleGrants(limit: 10).isEmpty)
            _ = try await fixture.pool.query(
                "UPDATE provider_grant SET keep_alive_at = now() WHERE id <> \(busy.id)"
            )
            // A lost one comes too, until everyone has been told.
            let taken = try await fixture.store.idleGrants(limit: 10).map(\.id)
            #expect(Set(taken) == [idle.id, ended.id])
            #expect(try await fixture.store.idleGrants(limit: 10).isEmpty)
            _ = try await fixture.store.loseGrant(ended, Failure(.grantRevoked), now: .now)
            _ = try await fixture.pool.query(
                "UPDATE provider_grant SET keep_alive_at = now() WHERE keep_alive_at < 'infinity'"
            )
            let attempt = UUID()
            _ = try await fixture.store.beginRefresh(of: idle, attempt: attempt, lease: .seconds(9))
            #expect(try await fixture.store.endRefresh(of: idle, attempt: attempt))
            #expect(try await fixture.store.idleGrants(limit: 10).map(\.id) == [busy.id])
        }
    }
}
