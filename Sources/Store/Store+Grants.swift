public import Domain
public import FoundationEssentials
import Postgres

/// Tokens that must end at the provider.
public struct TokenRevocation: Sendable {
    /// Whose grant it was.
    public var companyID: CompanyID
    /// Names the row.
    public var id: UUID
    /// The task system that granted it.
    public var provider: ProviderID
    /// The host it was granted at.
    public var loginURL: String
    /// What is to end.
    public var tokens: Tokens
    /// How often it has been tried, this time included.
    public var attempts: Int
    /// Since when the provider should have ended them.
    public var createdAt: Date
}

/// The right to refresh one generation of a grant.
public enum RefreshRight: Hashable, Sendable {
    /// The token has never been sent.
    case first
    /// The token has been sent and nobody knows what became of it.
    case again
}

extension Store {
    /// How long what a code was exchanged for is kept for its request; then it is revoked.
    private static let adoption: Int64 = 3600

    // MARK: - Grants

    /// A grant with its tokens decrypted.
    public func grant(_ id: UUID, of companyID: CompanyID) async throws -> Grant? {
        try await pool.query(GrantTable.select(companyID, id)).first.map {
            try GrantTable.grant($0, companyID, cipher: cipher)
        }
    }

    /// The grant of a provider user, if the company has one; its tokens need not be readable.
    public func grant(
        of companyID: CompanyID,
        with provider: ProviderID,
        organizationID: String,
        accountID: String
    ) async throws -> Grant? {
        try await pool.query(
            GrantTable.select(
                companyID,
                provider,
                organizationID: organizationID,
                accountID: accountID
            )
        ).first.map {
            try GrantTable.grant($0, companyID, cipher: cipher, mayBeDamaged: true)
        }
    }

    /// What signs in with a grant, when it was last read; its tokens need not be readable.
    public func account(of id: UUID, in companyID: CompanyID) async throws -> Grant? {
        try await pool.query(GrantTable.select(companyID, id)).first.map {
            try GrantTable.grant($0, companyID, cipher: cipher, mayBeDamaged: true)
        }
    }

    /// Takes the right to refresh this generation of a grant; `nil` when somebody else has it, or the
    /// token was sent a moment ago and nobody answered.
    public func beginRefresh(
        of grant: Grant,
        attempt: UUID,
        lease: Duration
    ) async throws -> RefreshRight? {
        try await pool.query(
            GrantTable.beginRefresh(grant, attempt: attempt, seconds: lease.components.seconds)
        ).first.map { try $0.value("state", as: GrantState.self) == .refreshing ? .first : .again }
    }

    /// Stores refreshed tokens; false when the right to refresh was lost meanwhile.
    public func endRefresh(of grant: Grant, attempt: UUID) async throws -> Bool {
        try await !pool.query(
            GrantTable.endRefresh(grant, attempt: attempt, cipher: cipher)
        ).isEmpty
    }

    /// Gives the right to refresh back: nothing was taken up.
    public func releaseRefresh(of grant: Grant, attempt: UUID) async throws {
        _ = try await pool.query(GrantTable.releaseRefresh(grant, attempt: attempt))
    }

    /// Gives the right to refresh back without knowing what became of the token; for `pause` nobody
    /// sends it again.
    public func leaveAmbiguous(
        _ grant: Grant,
        attempt: UUID,
        pause: Duration
    ) async throws {
        _ = try await pool.query(
            GrantTable.leaveAmbiguous(
                grant,
                attempt: attempt,
                seconds: pause.components.seconds
            )
        )
    }

    /// Marks a generation of a grant as lost; who uses it is moved by ``StateChange/loseGrant(_:_:_:)``.
    ///
    /// False when there is a newer generation, or it has been known before.
    @discardableResult
    public func markLost(_ grant: Grant, because reason: FailureReason) async throws -> Bool {
        try await !pool.query(
            GrantTable.lose(
                grant.companyID,
                grant.id,
                generation: grant.generation,
                reason: reason
            )
        ).isEmpty
    }

    /// Whether the company's own integration uses a grant.
    public func isCompanyGrant(_ grant: Grant) async throws -> Bool {
        try await !pool.query(IntegrationTable.uses(grant.companyID, grant.id)).isEmpty
    }

    /// Takes grants whose refresh token has been idle for a week, and lost ones that somebody may not
    /// know of; they come again in an hour.
    public func idleGrants(
        limit: Int
    ) async throws -> [(companyID: CompanyID, id: UUID, provider: ProviderID)] {
        try await pool.query(GrantTable.takeIdle(limit: Int64(limit))).compactMap { row in
            guard
                let companyID = CompanyID(rawValue: try row.decode("company_id", as: String.self)),
                let provider = ProviderID(rawValue: try row.decode("provider", as: String.self))
            else { return nil }
            return (companyID, try row.decode("id", as: UUID.self), provider)
        }
    }

    // MARK: - Tokens without a grant

    /// Keeps what a code was exchanged for, to be adopted by a grant, or else to be revoked.
    public func keep(_ tokens: Tokens, for attempt: AuthorizationAttempt) async throws {
        _ = try await pool.query(
            RevocationTable.insert(
                tokens,
                attempt.id,
                of: attempt.companyID,
                attempt.provider,
                loginURL: attempt.loginURL,
                sealedFor: AttemptTable.rowName(attempt.companyID, attempt.id),
                dueInSeconds: Self.adoption,
                cipher: cipher
            )
        )
    }

    /// What an attempt's code was exchanged for by an earlier try, kept for a while longer.
    public func keptTokens(for attempt: AuthorizationAttempt) async throws -> Tokens? {
        try await pool.query(
            RevocationTable.extend(attempt.companyID, attempt.id, seconds: Self.adoption)
        ).first.map { try RevocationTable.tokens($0, cipher: cipher) }
    }

    /// Queues tokens to be revoked that nothing will ever use.
    public func discard(_ tokens: Tokens, of grant: Grant) async throws {
        let id = UUID()
        _ = try await pool.query(
            RevocationTable.insert(
                tokens,
                id,
                of: grant.companyID,
                grant.provider,
                loginURL: grant.loginURL,
                sealedFor: "grant_revocation/\(grant.companyID)/\(id.uuidString.lowercased())",
                dueInSeconds: 0,
                cipher: cipher
            )
        )
    }

    /// Takes revocations that are due, for `lease` each; what cannot be read waits until its is over.
    public func dueRevocations(
        limit: Int,
        lease: Duration,
        onUnreadable: (StoreError) -> Void = { _ in }
    ) async throws -> [TokenRevocation] {
        try await pool.query(
            RevocationTable.takeDue(limit: Int64(limit), seconds: lease.components.seconds)
        ).compactMap { row in
            do {
                return try RevocationTable.revocation(row, cipher: cipher)
            } catch let error as StoreError {
                onUnreadable(error)
                return nil
            }
        }
    }

    /// The provider has ended them.
    public func forget(_ revocation: TokenRevocation) async throws {
        _ = try await pool.query(RevocationTable.delete(revocation.companyID, revocation.id))
    }

    /// The provider has not ended them yet; `error` must be without free text.
    public func postpone(
        _ revocation: TokenRevocation,
        by delay: Duration,
        because error: String
    ) async throws {
        _ = try await pool.query(
            RevocationTable.postpone(
                revocation.companyID,
                revocation.id,
                seconds: Double(delay.components.seconds),
                error: error
            )
        )
    }
}
