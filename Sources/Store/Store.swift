public import Domain
public import FoundationEssentials
public import Postgres

/// Everything this service remembers.
public struct Store: Sendable {
    let pool: PostgresPool
    let cipher: TokenCipher

    /// Makes a store; the database must have been migrated.
    public init(pool: PostgresPool, cipher: TokenCipher) {
        self.pool = pool
        self.cipher = cipher
    }

    // MARK: - Leases

    /// Becomes the owner of partitions: from here on their earlier owners can change nothing, and what
    /// they were working off and Kafka will not bring again waits in the database.
    public func acquireLeases(
        on partitions: [RequestPartition],
        owner: String
    ) async throws -> [Lease] {
        let leases = try await pool.query(LeaseTable.acquire(partitions, owner: owner))
            .map(LeaseTable.lease)
        _ = try await pool.query(InboxTable.rescue(leases))
        return leases
    }

    /// Forgets company syncs and authorization attempts that ended longer ago than `age`.
    public func forgetEnded(olderThan age: Duration) async throws {
        _ = try await pool.query(CompanySyncTable.forget(olderThanSeconds: age.components.seconds))
        _ = try await pool.query(AttemptTable.forget(olderThanSeconds: age.components.seconds))
    }

    /// The leases of these that still hold.
    public func held(_ leases: [Lease]) async throws -> Set<Lease> {
        guard !leases.isEmpty else { return [] }
        return Set(try await pool.query(LeaseTable.hold(leases)).map(LeaseTable.lease))
    }

    // MARK: - Outbox

    /// Forgets delivered records.
    public func deleteDelivered(_ entries: [OutboxReference]) async throws {
        _ = try await pool.query(OutboxTable.delete(entries))
    }

    /// Records nobody has published yet, in order, at most `limit` rows after a row.
    public func leftOver(
        in partition: RequestPartition,
        olderThan age: Duration = .zero,
        after id: Int64 = 0,
        limit: Int = 200
    ) async throws -> [OutboxEntry] {
        try await pool.query(
            OutboxTable.leftOver(
                in: partition,
                olderThanSeconds: age.components.seconds,
                after: id,
                limit: Int64(limit)
            )
        ).map { row in
            OutboxEntry(
                reference: OutboxReference(
                    partition: partition,
                    companyID: try row.decode("company_id", as: String.self),
                    id: try row.decode("id", as: Int64.self)
                ),
                records: try OutboxCodec.decode(try row.decode("records", as: [UInt8].self))
            )
        }
    }

    // MARK: - Authorization

    /// A company's integration, `off` when there never was one.
    public func integration(
        of companyID: CompanyID,
        with provider: ProviderID
    ) async throws -> CompanyIntegration {
        try await pool.query(IntegrationTable.select(companyID, provider)).first.map {
            try IntegrationTable.integration($0, companyID, provider)
        } ?? CompanyIntegration(companyID: companyID, provider: provider)
    }

    /// A person's connection, `disconnected` when there never was one.
    public func connection(of owner: TaskOwner) async throws -> UserConnection {
        try await pool.query(ConnectionTable.select(owner)).first.map {
            try ConnectionTable.connection($0, owner)
        } ?? UserConnection(owner: owner)
    }

    /// Whose connection an account at the provider is here.
    public func user(
        linkedTo accountID: String,
        in companyID: CompanyID,
        with provider: ProviderID
    ) async throws -> UserID? {
        try await pool.query(ConnectionTable.owner(of: accountID, companyID, provider)).first
            .flatMap { UserID(rawValue: try $0.decode("user_id", as: String.self)) }
    }

    /// Everyone of a company who is connected.
    public func connectedUsers(
        of companyID: CompanyID,
        with provider: ProviderID
    ) async throws -> [UserID] {
        try await pool.query(ConnectionTable.connected(companyID, provider))
            .compactMap { UserID(rawValue: try $0.decode("user_id", as: String.self)) }
    }

    /// Everyone of a company who has ever connected.
    public func users(
        of companyID: CompanyID,
        with provider: ProviderID
    ) async throws -> [UserID] {
        try await pool.query(ConnectionTable.all(companyID, provider))
            .compactMap { UserID(rawValue: try $0.decode("user_id", as: String.self)) }
    }

    /// An attempt, by the fingerprint of its state.
    public func attempt(
        in companyID: CompanyID,
        stateHash: [UInt8]
    ) async throws -> AuthorizationAttempt? {
        try await pool.query(AttemptTable.select(companyID, stateHash: stateHash)).first.map {
            try AttemptTable.attempt($0, companyID, cipher: cipher)
        }
    }

    /// Gives an attempt to one request for good; false when another has it or it has ended.
    public func beginExchange(
        in companyID: CompanyID,
        stateHash: [UInt8],
        requestID: String
    ) async throws -> Bool {
        try await !pool.query(
            AttemptTable.begin(companyID, stateHash: stateHash, requestID: requestID)
        ).isEmpty
    }

    // MARK: - Syncs

    /// Everything a sync of one person needs to begin, in one round trip's time.
    public func syncContext(
        of owner: TaskOwner,
        for identity: RequestIdentity
    ) async throws -> SyncContext {
        async let integration = integration(of: owner.companyID, with: owner.provider)
        async let connection = connection(of: owner)
        async let checkpoint = pool.query(CheckpointTable.select(owner, identity))
        return SyncContext(
            integration: try await integration,
            connection: try await connection,
            checkpoint: try await checkpoint.first.map(CheckpointTable.checkpoint)
        )
    }

    /// Where the erasing of a person's list stands, and the ids that are still to go, a bounded number.
    public func eraseContext(
        of owner: TaskOwner,
        for identity: RequestIdentity,
        limit: Int
    ) async throws -> (checkpoint: ImportCheckpoint?, ids: [String]) {
        async let checkpoint = pool.query(CheckpointTable.select(owner, identity))
        async let ids = pool.query(TaskTable.toErase(of: owner, limit: Int64(limit)))
        return (
            try await checkpoint.first.map(CheckpointTable.checkpoint),
            try await ids.map { try $0.decode("external_id", as: String.self) }
        )
    }

    /// The ids of the tasks in a person's list, and whether each is closed.
    public func listedTasks(of owner: TaskOwner) async throws -> [String: Bool] {
        var listed: [String: Bool] = [:]
        for row in try await pool.query(TaskTable.listed(of: owner)) {
            listed[try row.decode("external_id", as: String.self)] =
                try row.decode("is_closed", as: Bool.self)
        }
        return listed
    }
}

/// What a sync of one person begins with.
public struct SyncContext: Sendable {
    /// The company's integration; `off` when there never was one.
    public var integration: CompanyIntegration
    /// The person's connection; `disconnected` when there never was one.
    public var connection: UserConnection
    /// Where an earlier run of the same request stopped.
    public var checkpoint: ImportCheckpoint?
}
