import Domain
import FoundationEssentials
import Postgres
import Testing

@testable import Store

@Suite(.timeLimit(.minutes(2)))
struct KeyRotationTests {
    private static let old = StoreFixture.keys("k1", 7)
    private static let both = StoreFixture.keys("k2", 8) + "," + old
    private static let new = StoreFixture.keys("k2", 8)
    private static let hash = PKCE.fingerprint(of: Secret("state"))

    @Test func everySecretIsUnderTheCurrentKeyAndNeedsTheOldOneNoMore() async throws {
        try await withStore { fixture in
            let (grant, revoked) = (fixture.grant(account: "1"), fixture.grant(account: "2"))
            try await fixture.write([.saveGrant(grant), .saveGrant(revoked)])
            try await fixture.write([.releaseGrant(fixture.company, revoked.id)])
            try await Self.insertAttempts(fixture)
            try await Self.insertRevocations(fixture)

            let store = try Self.store(fixture, Self.both)
            #expect(try await store.keysInUse() == ["k1": Self.rows(1, 1, 3)])
            #expect(try await store.rotateKeys() == Self.rows(1, 1, 3))
            #expect(try await store.keysInUse() == ["k2": Self.rows(1, 1, 3)])
            #expect(try await Self.keyIDs(fixture) == ["k2"])

            let later = try Self.store(fixture, Self.new)
            try await later.verifyKeys()
            #expect(try await later.grant(grant.id, of: fixture.company) == grant)
            #expect(try await later.grant(revoked.id, of: fixture.company)?.state == .revoked)
            let attempt = try await later.attempt(in: fixture.company, stateHash: Self.hash)
            #expect(attempt?.verifier == Secret("plain-verifier"))
            #expect(
                try await Self.revocationTokens(fixture).sorted() == [
                    "", "access", "alone", "plain-access-token", "plain-refresh-token", "refresh",
                ]
            )
        }
    }

    @Test func recordThatWaitsWithACodeIsUnderTheCurrentKeyToo() async throws {
        try await withStore { fixture in
            let record = StoredRecord(
                key: Array("acme".utf8),
                headers: [],
                value: Array("{\"code\":\"plain-code\"}".utf8),
                timestamp: 1
            )
            let claim = try await fixture.claim("r-1")
            let parking = Parking(
                claim: claim,
                record: record,
                until: .room,
                attempt: 0,
                isSecret: true
            )
            #expect(try await fixture.store.park([parking]) == [claim.identity])
            let plain = try await fixture.number(
                "SELECT count(*) FROM inbox WHERE position('plain-code'::bytea IN record) > 0"
            )
            #expect(plain == 0)
            var rows = EncryptedRows()
            rows.requests = 1
            #expect(try await Self.store(fixture, Self.both).rotateKeys() == rows)
            let later = try Self.store(fixture, Self.new)
            try await later.verifyKeys()
            let loaded = try await later.load([fixture.lease], waiting: 9, due: 9)
            #expect(loaded.map(\.record) == [record])
            _ = try await fixture.complete(claim, .changes([], []))
            #expect(try await later.keysInUse() == [:])
        }
    }

    @Test func whatIsUnderTheCurrentKeyIsLeftAlone() async throws {
        try await withStore { fixture in
            try await fixture.write([.saveGrant(fixture.grant())])
            try await Self.insertAttempts(fixture)
            try await Self.insertRevocations(fixture)
            let store = try Self.store(fixture, Self.both)
            #expect(try await store.rotateKeys().total == 4)
            let versions: PostgresQuery = """
                SELECT string_agg(xmin::text, ',') FROM (
                    SELECT xmin FROM provider_grant UNION ALL SELECT xmin FROM authorization_attempt
                    UNION ALL SELECT xmin FROM grant_revocation) AS row
                """
            let before = try await fixture.text(versions)
            #expect(try await store.rotateKeys().total == 0)
            #expect(try await fixture.text(versions) == before)
        }
    }

    @Test func morePagesThanOneAreRotatedAndCounted() async throws {
        try await withStore { fixture in
            let grants = (0..<1_203).map { fixture.grant(account: "\($0)") }
            try await fixture.write(grants.map { .saveGrant($0) })
            var seen: [Int] = []
            let store = try Self.store(fixture, Self.both)
            let rotated = try await store.rotateKeys { seen.append($0.grants) }
            #expect(seen == [500, 1_000, 1_203])
            #expect(rotated == Self.rows(1_203, 0, 0))
            #expect(try await Self.keyIDs(fixture) == ["k2"])
        }
    }

    @Test func aCiphertextStillOpensForItsOwnRowOnly() async throws {
        try await withStore { fixture in
            let (mine, theirs) = (fixture.grant(account: "1"), fixture.grant(account: "2"))
            try await fixture.write([.saveGrant(mine), .saveGrant(theirs)])
            let store = try Self.store(fixture, Self.both)
            #expect(try await store.rotateKeys().grants == 2)
            _ = try await fixture.pool.query(
                """
                UPDATE provider_grant SET access_token = other.access_token
                FROM provider_grant AS other
                WHERE provider_grant.id = \(mine.id) AND other.id = \(theirs.id)
                """
            )
            let error = await #expect(throws: StoreError.self) {
                _ = try await store.grant(mine.id, of: fixture.company)
            }
            #expect(error?.code == .undecryptable)
            #expect(try await store.grant(theirs.id, of: fixture.company) == theirs)
        }
    }

    @Test func aMissingKeyIsNamedAndNothingIsChanged() async throws {
        try await withStore { fixture in
            try await fixture.write([.saveGrant(fixture.grant())])
            let store = try Self.store(fixture, Self.new)
            for attempt in [store.verifyKeys, { _ = try await store.rotateKeys() }] {
                let error = await #expect(throws: StoreError.self) { try await attempt() }
                #expect(error?.code == .missingKey)
                #expect(
                    error?.reason == "TOKEN_ENCRYPTION_KEYS: grants are encrypted with the key k1, "
                        + "which is missing; add it after the current one"
                )
            }
            #expect(try await Self.keyIDs(fixture) == ["k1"])
        }
    }

    @Test func aWrongKeyIsNamedAndNothingIsChanged() async throws {
        try await withStore { fixture in
            try await Self.insertAttempts(fixture)
            let wrong = "\(Self.new),\(StoreFixture.keys("k1", 9))"
            let store = try Self.store(fixture, wrong)
            for attempt in [store.verifyKeys, { _ = try await store.rotateKeys() }] {
                let error = await #expect(throws: StoreError.self) { try await attempt() }
                #expect(error?.code == .undecryptable)
                #expect(error?.reason.contains("the key k1 does not decrypt the") == true)
                #expect(error?.reason.contains("plain") == false)
            }
            #expect(try await Self.keyIDs(fixture) == ["k1"])
        }
    }

    @Test func aKeyThatOnlyEndedRowsNameIsNotNeeded() async throws {
        try await withStore { fixture in
            let grant = fixture.grant()
            try await fixture.write([.saveGrant(grant)])
            try await fixture.write([.releaseGrant(fixture.company, grant.id)])
            let store = try Self.store(fixture, Self.new)
            await #expect(throws: StoreError.self) { try await store.verifyKeys() }
            // Once the provider has ended it, nothing is left to decrypt.
            for revocation in try await fixture.store.dueRevocations(limit: 9, lease: .seconds(9)) {
                try await fixture.store.forget(revocation)
            }
            try await store.verifyKeys()
            #expect(try await store.keysInUse() == [:])
            #expect(try await store.rotateKeys().total == 0)
            #expect(try await Self.keyIDs(fixture) == ["k2"])
        }
    }

    @Test func oneDamagedRowStopsTheRotationAndNotTheStart() async throws {
        try await withStore { fixture in
            let grants = (0..<3).map { fixture.grant(account: "\($0)") }
            try await fixture.write(grants.map { .saveGrant($0) })
            _ = try await fixture.pool.query(
                "UPDATE provider_grant SET access_token = refresh_token WHERE id = \(grants[1].id)"
            )
            let store = try Self.store(fixture, Self.both)
            try await store.verifyKeys()
            let error = await #expect(throws: StoreError.self) { try await store.rotateKeys() }
            #expect(error?.code == .undecryptable)
            let place = "provider_grant: the row acme/\(grants[1].id.uuidString.lowercased()) "
            #expect(error?.reason.hasPrefix(place + "does not decrypt with the key k1; ") == true)
            #expect(try await Self.keyIDs(fixture) == ["k1"])
        }
    }

    // MARK: - Fixtures

    private static func rows(_ grants: Int, _ attempts: Int, _ revocations: Int) -> EncryptedRows {
        var rows = EncryptedRows()
        (rows.grants, rows.attempts, rows.revocations) = (grants, attempts, revocations)
        return rows
    }

    private static func store(_ fixture: StoreFixture, _ keys: String) throws -> Store {
        Store(pool: fixture.pool, cipher: try TokenCipher(keys: keys))
    }

    /// Every key id that any row names.
    private static func keyIDs(_ fixture: StoreFixture) async throws -> Set<String> {
        let rows = try await fixture.pool.query(
            """
            SELECT key_id FROM provider_grant UNION SELECT key_id FROM authorization_attempt
            UNION SELECT key_id FROM grant_revocation
            """
        )
        return Set(try rows.map { try $0.decode("key_id", as: String.self) })
    }

    /// One that is open, and one that has ended.
    private static func insertAttempts(_ fixture: StoreFixture) async throws {
        let owner = try fixture.owner()
        let ended = PKCE.fingerprint(of: Secret("ended"))
        for hash in [hash, ended] {
            let attempt = AuthorizationAttempt(
                companyID: owner.companyID,
                id: UUID(),
                provider: owner.provider,
                scope: .user,
                actor: owner.userID,
                redirectURI: "https://dashboard.example/back",
                loginURL: "https://login.example",
                expectedAccount: nil,
                verifier: Secret("plain-verifier"),
                expiresAt: Date() + 600
            )
            try await fixture.write([.insertAttempt(attempt, stateHash: hash)])
        }
        try await fixture.write([.endAttempt(fixture.company, stateHash: ended, .failed)])
    }

    /// One with both tokens, bound to the grant they came from, and one with a refresh token alone.
    private static func insertRevocations(_ fixture: StoreFixture) async throws {
        let cipher = try TokenCipher(keys: old)
        let rows: [(access: String?, refresh: String)] = [("access", "refresh"), (nil, "alone")]
        for (number, row) in rows.enumerated() {
            let name = "provider_grant/acme/\(number)"
            let access = try row.access.map { try cipher.seal(Secret($0), for: "\(name)/access") }
            let refresh = try cipher.seal(Secret(row.refresh), for: "\(name)/refresh")
            _ = try await fixture.pool.query(
                """
                INSERT INTO grant_revocation (company_id, id, provider, login_url, instance_url,
                    identity_url, sealed_for, key_id, access_token, refresh_token, due_at)
                SELECT 'acme', \(UUID()), 'salesforce', '', '', '', \(name), 'k1',
                    \(access ?? []), \(refresh), now()
                """
            )
        }
    }

    /// What the new key alone opens.
    private static func revocationTokens(_ fixture: StoreFixture) async throws -> [String] {
        let cipher = try TokenCipher(keys: new)
        return try await fixture.pool.query(
            """
            SELECT sealed_for, key_id, access_token, refresh_token FROM grant_revocation
            ORDER BY sealed_for
            """
        ).flatMap { row in
            let keyID = try row.decode("key_id", as: String.self)
            let name = try row.decode("sealed_for", as: String.self)
            return try ["access", "refresh"].map { secret in
                let bytes = try row.decode("\(secret)_token", as: [UInt8].self)
                return bytes.isEmpty
                    ? "" : try cipher.open(bytes, keyID: keyID, for: "\(name)/\(secret)").reveal()
            }
        }
    }
}
