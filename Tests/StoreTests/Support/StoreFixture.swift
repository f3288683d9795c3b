import Domain
import Fixtures
import FoundationEssentials
import Postgres
import Store
import Testing

/// A store on a migrated database of its own, and the right to work off one partition.
struct StoreFixture: Sendable {
    static let now = Date(timeIntervalSince1970: 1_777_630_530)
    static let partition = RequestPartition(topic: "sync-request", partition: 3)

    let store: Store
    let pool: PostgresPool
    var lease: Lease
    let company: CompanyID
    let provider: ProviderID

    init(pool: PostgresPool, keys: String = Self.keys("k1", 7)) async throws {
        _ = try await Migrator(pool: pool).migrate()
        self.pool = pool
        store = Store(pool: pool, cipher: try TokenCipher(keys: keys))
        lease = try await #require(store.acquireLeases(on: [Self.partition], owner: "one").first)
        company = try #require(CompanyID(rawValue: "acme"))
        provider = try #require(ProviderID(rawValue: "salesforce"))
    }

    /// An entry of `TOKEN_ENCRYPTION_KEYS`.
    static func keys(_ id: String, _ byte: UInt8) -> String {
        "\(id):\(Data(repeating: byte, count: 32).base64EncodedString())"
    }

    func owner(_ user: String = "u-7") throws -> TaskOwner {
        TaskOwner(
            companyID: company,
            userID: try #require(UserID(rawValue: user)),
            provider: provider
        )
    }

    // MARK: - Requests

    func wanted(
        _ id: String,
        offset: Int64 = 0,
        lease: Lease? = nil,
        key: String = "sync/acme/u-7",
        company: String = "acme",
        replay: String? = nil
    ) -> InboxClaim {
        InboxClaim(
            identity: RequestIdentity(companyID: company, source: "/test", id: id),
            lease: lease ?? self.lease,
            offset: offset,
            orderingKey: key,
            replay: replay
        )
    }

    /// Takes a request that nobody has.
    func claim(_ id: String) async throws -> InboxClaim {
        let claim = wanted(id)
        #expect(try await store.claim([claim]).taken == [claim.identity])
        return claim
    }

    func completion(_ claim: InboxClaim, _ work: Completion.Work) -> Completion {
        Completion(
            claim: claim,
            cause: Cause(id: claim.identity.id, source: claim.identity.source),
            work: work
        )
    }

    /// Completes one request by itself.
    func complete(
        _ claim: InboxClaim,
        _ work: Completion.Work,
        deadLetter: EventRecord? = nil
    ) async throws -> CompletionResult {
        var completion = completion(claim, work)
        completion.deadLetter = deadLetter
        return try #require(try await store.complete([completion], now: Self.now).first)
    }

    /// Makes changes of state under a request of their own and insists that they are written.
    func write(_ changes: [StateChange]) async throws {
        let claim = try await claim(UUID().uuidString)
        #expect(try await complete(claim, .changes(changes, [])).isWritten)
    }

    // MARK: - What is there

    /// Connects a person, with a grant of their own.
    @discardableResult
    func connect(_ user: String = "u-7") async throws -> UserConnection {
        let grant = grant(account: "account of \(user)")
        let connection = UserConnection(
            owner: try owner(user),
            state: .connected,
            grantID: grant.id,
            accountID: grant.accountID
        )
        try await write([.saveGrant(grant), .saveConnection(connection)])
        return try await store.connection(of: owner(user))
    }

    func grant(account: String = "005") -> Grant {
        Grant(
            companyID: company,
            id: UUID(),
            provider: provider,
            organizationID: "00D",
            accountID: account,
            loginURL: "https://login.example",
            tokens: Tokens(
                access: Secret("plain-access-token"),
                refresh: Secret("plain-refresh-token"),
                instanceURL: "https://acme.example",
                identityURL: "https://login.example/id/00D/\(account)"
            )
        )
    }

    func attempt(_ user: String = "u-7", expiresAt: Date = Date() + 600) throws
        -> AuthorizationAttempt
    {
        let owner = try owner(user)
        return AuthorizationAttempt(
            companyID: owner.companyID,
            id: UUID(),
            provider: owner.provider,
            scope: .user,
            actor: owner.userID,
            redirectURI: "https://dashboard.example/back",
            loginURL: "https://login.example",
            expectedAccount: nil,
            verifier: Secret("plain-verifier"),
            expiresAt: expiresAt
        )
    }

    /// What is to be revoked by now.
    func revocations() async throws -> [Tokens] {
        try await store.dueRevocations(limit: 100, lease: .seconds(60)).map(\.tokens)
    }

    /// One number that a statement answers.
    func number(_ query: PostgresQuery) async throws -> Int64 {
        try #require(try await pool.query(query).first).decode(0, as: Int64.self)
    }

    /// One text that a statement answers.
    func text(_ query: PostgresQuery) async throws -> String? {
        try await pool.query(query).first?.decode(0, as: String?.self)
    }
}

/// Runs a test with a store on a database of its own.
func withStore(_ body: (StoreFixture) async throws -> Void) async throws {
    try await withPool { pool in try await body(StoreFixture(pool: pool)) }
}

extension CompletionResult {
    var isWritten: Bool {
        if case .written = self { return true }
        return false
    }

    var isConflict: Bool {
        if case .conflict = self { return true }
        return false
    }

    var isFenced: Bool {
        switch self {
        case .alreadyDone, .leaseLost: true
        case .written, .conflict: false
        }
    }

    /// What is to be published.
    var records: [EventRecord] {
        if case .written(let entry?, _) = self { return entry.records }
        return []
    }

    var progress: ImportProgress? {
        if case .written(_, let progress) = self { return progress }
        return nil
    }
}
