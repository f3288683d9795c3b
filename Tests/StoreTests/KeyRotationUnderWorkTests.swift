import Domain
import Fixtures
import FoundationEssentials
import Postgres
import Synchronization
import Testing

@testable import Store

/// Keys are rotated beside workers that refresh the same grants.
@Suite(.timeLimit(.minutes(2)))
struct KeyRotationUnderWorkTests {
    private static let (old, new) = (StoreFixture.keys("k1", 7), StoreFixture.keys("k2", 8))

    @Test func grantsRefreshedMeanwhileKeepTheirLastTokens() async throws {
        try await withStore { fixture in
            let grants = (0..<1_200).map { fixture.grant(account: "\($0)") }
            try await fixture.write(grants.map { .saveGrant($0) })
            let worker = Store(
                pool: fixture.pool,
                cipher: try TokenCipher(keys: "\(Self.new),\(Self.old)")
            )
            let written = Written()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for part in 0..<8 {
                    var mine = grants.enumerated().filter { $0.offset % 8 == part }.map(\.element)
                    // From both ends, so that some are refreshed before the rotation comes by.
                    if part % 2 == 0 { mine.reverse() }
                    let ids = mine.map(\.id)
                    group.addTask { try await Self.refresh(ids, worker, written) }
                }
                _ = try await worker.rotateKeys()
                written.hasRotated.store(true, ordering: .relaxed)
                try await group.waitForAll()
            }
            let later = Store(pool: fixture.pool, cipher: try TokenCipher(keys: Self.new))
            let last = written.tokens.withLock(\.self)
            #expect(!last.isEmpty)
            for grant in grants {
                let stored = try await later.grant(grant.id, of: fixture.company)
                #expect(stored?.tokens == last[grant.id] ?? grant.tokens)
            }
        }
    }

    @Test(arguments: ["k1", "k2"])
    func aRowThatIsLockedIsWaitedForLastAndNotOverwritten(keyID: String) async throws {
        try await withStore { fixture in
            let grants = (0..<3).map { fixture.grant(account: "\($0)") }
            try await fixture.write(grants.map { .saveGrant($0) })
            let busy = grants[1]
            let cipher = try TokenCipher(keys: keyID == "k1" ? Self.old : Self.new)
            let name = "provider_grant/acme/\(busy.id.uuidString.lowercased())/access"
            let refreshed = try cipher.seal(Secret("refreshed"), for: name)
            let refresh = try cipher.seal(Secret("new"), for: "\(name.dropLast(6))refresh")
            let store = Store(
                pool: fixture.pool,
                cipher: try TokenCipher(keys: "\(Self.new),\(Self.old)")
            )
            let isLocked = Signal()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await fixture.pool.withTransaction { transaction in
                        _ = try await transaction.query(
                            """
                            UPDATE provider_grant SET key_id = \(keyID), access_token = \(refreshed),
                                refresh_token = \(refresh) WHERE id = \(busy.id)
                            """
                        )
                        isLocked.fire()
                        try await eventually("the rotation has done the others and waits") {
                            let waiting = try await fixture.number(
                                "SELECT count(*) FROM pg_locks WHERE NOT granted"
                            )
                            let left = try await fixture.number(
                                "SELECT count(*) FROM provider_grant WHERE key_id = 'k1'"
                            )
                            return waiting > 0 && left == 1
                        }
                    }
                }
                await isLocked.wait()
                // Whoever began with the old key is re-encrypted, who came with the new one is not.
                #expect(try await store.rotateKeys().grants == (keyID == "k1" ? 3 : 2))
                try await group.waitForAll()
            }
            let later = Store(pool: fixture.pool, cipher: try TokenCipher(keys: Self.new))
            let stored = try await later.grant(busy.id, of: fixture.company)
            #expect(stored?.tokens.access == Secret("refreshed"))
            #expect(stored?.tokens.refresh == Secret("new"))
        }
    }

    @Test func whatGoesOnEncryptingWithTheOldKeyEndsTheRotation() async throws {
        try await withStore { fixture in
            try await fixture.write([.saveGrant(fixture.grant())])
            // Stands for a worker that is quicker every time.
            for statement: PostgresQuery in [
                """
                CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'
                """,
                """
                CREATE TRIGGER keep BEFORE UPDATE ON provider_grant FOR EACH ROW
                EXECUTE FUNCTION keep()
                """,
            ] { _ = try await fixture.pool.query(statement) }
            let store = Store(
                pool: fixture.pool,
                cipher: try TokenCipher(keys: "\(Self.new),\(Self.old)")
            )
            let error = await #expect(throws: StoreError.self) { try await store.rotateKeys() }
            #expect(error?.code == .conflict)
            #expect(error?.reason.contains("restart every worker with k2 first") == true)
        }
    }

    /// What refreshes and the rotation tell each other.
    private final class Written: Sendable {
        let hasRotated = Atomic(false)
        let tokens = Mutex([UUID: Tokens]())
    }

    /// Refreshes grants as a worker does, again and again until they have been rotated.
    private static func refresh(_ ids: [UUID], _ store: Store, _ written: Written) async throws {
        let company = try #require(CompanyID(rawValue: "acme"))
        while true {
            for id in ids {
                guard !written.hasRotated.load(ordering: .relaxed) else { return }
                var grant = try #require(try await store.grant(id, of: company))
                let attempt = UUID()
                #expect(
                    try await store.beginRefresh(of: grant, attempt: attempt, lease: .seconds(60))
                        == .first
                )
                grant.tokens.access = Secret("access \(attempt)")
                grant.tokens.refresh = Secret("refresh \(attempt)")
                #expect(try await store.endRefresh(of: grant, attempt: attempt))
                written.tokens.withLock { $0[id] = grant.tokens }
            }
        }
    }
}
