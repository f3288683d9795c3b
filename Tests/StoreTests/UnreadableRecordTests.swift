import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

/// Requests that wait in the database and cannot be read at present.
@Suite(.timeLimit(.minutes(1)))
struct UnreadableRecordTests {
    @Test func keyOfAnUnreadableRecordIsPutOffAndEveryoneElseGoesOn() async throws {
        try await withStore { fixture in
            let damaged = try await park("r-1", key: "integration/acme", fixture, isSecret: true)
            let behind = try await park("r-2", key: "integration/acme", fixture)
            let other = try await park("r-3", key: "sync/acme/u-7", fixture)
            _ = try await fixture.pool.query(
                "UPDATE inbox SET record = 'x' WHERE id = \(damaged.identity.id)"
            )
            let loaded = try await fixture.store.load([fixture.lease], waiting: 9, due: 9)
            #expect(loaded.map(\.claim.identity) == [other.identity])
            let states = try await fixture.text(
                """
                SELECT string_agg(id || ' ' || state || ' ' || (next_at > now())::text, ', '
                    ORDER BY id) FROM inbox
                """
            )
            #expect(states == "r-1 parked true, r-2 parked true, r-3 claimed false")
            #expect(try await fixture.store.kept([fixture.lease]).map(\.claim) == [other])
            #expect(behind.identity.id == "r-2")
        }
    }

    @Test func recordUnderAKeyThatCameLaterIsReadOnceItIsThere() async throws {
        try await withStore { fixture in
            let claim = try await park("r-1", key: "integration/acme", fixture, isSecret: true)
            let key = StoreFixture.keys("k2", 8)
            let store = Store(pool: fixture.pool, cipher: try TokenCipher(keys: key))
            #expect(try await store.load([fixture.lease], waiting: 9, due: 9).isEmpty)
            _ = try await fixture.pool.query("UPDATE inbox SET next_at = now()")
            let both = Store(
                pool: fixture.pool,
                cipher: try TokenCipher(keys: key + "," + StoreFixture.keys("k1", 7))
            )
            let loaded = try await both.load([fixture.lease], waiting: 9, due: 9)
            #expect(loaded.map(\.claim) == [claim])
        }
    }

    private func park(
        _ id: String,
        key: String,
        _ fixture: StoreFixture,
        isSecret: Bool = false
    ) async throws -> InboxClaim {
        let claim = fixture.wanted(id, offset: Int64(id.dropFirst(2)) ?? 0, key: key)
        _ = try await fixture.store.claim([claim])
        let parking = Parking(
            claim: claim,
            record: StoredRecord(key: nil, headers: [], value: Array(id.utf8), timestamp: nil),
            until: .room,
            attempt: 0,
            isSecret: isSecret
        )
        #expect(try await fixture.store.park([parking]) == [claim.identity])
        return claim
    }
}
