import Domain
import FoundationEssentials
import Postgres

/// `grant_revocation`: tokens that must end at the provider, kept until they have.
enum RevocationTable {
    /// Keeps tokens that are to be revoked unless they are adopted before they are due.
    static func insert(
        _ tokens: Tokens,
        _ id: UUID,
        of companyID: CompanyID,
        _ provider: ProviderID,
        loginURL: String,
        sealedFor row: String,
        dueInSeconds seconds: Int64,
        cipher: TokenCipher
    ) throws -> PostgresQuery {
        let sealed = try SealedTokens(tokens, for: row, cipher)
        return """
            INSERT INTO grant_revocation (
                company_id, id, provider, login_url, instance_url, identity_url, sealed_for, key_id,
                access_token, refresh_token, due_at)
            SELECT \(companyID.rawValue), \(id), \(provider.rawValue), \(loginURL),
                \(tokens.instanceURL), \(tokens.identityURL), \(row), \(sealed.keyID),
                \(sealed.access), \(sealed.refresh), now() + \(seconds) * interval '1 second'
            ON CONFLICT (company_id, id) DO NOTHING
            RETURNING id
            """
    }

    /// What is kept under an id, and for a while longer.
    static func extend(_ companyID: CompanyID, _ id: UUID, seconds: Int64) -> PostgresQuery {
        """
        UPDATE grant_revocation SET due_at = now() + \(seconds) * interval '1 second'
        WHERE company_id = \(companyID.rawValue) AND id = \(id) AND attempts = 0
        RETURNING sealed_for, instance_url, identity_url, key_id, access_token, refresh_token
        """
    }

    /// Takes tokens out that a grant adopts; a row comes back unless somebody is revoking them.
    static func adopt(_ companyID: CompanyID, _ id: UUID) -> PostgresQuery {
        """
        DELETE FROM grant_revocation
        WHERE company_id = \(companyID.rawValue) AND id = \(id) AND attempts = 0
        RETURNING id
        """
    }

    /// Takes tokens out that the provider has ended.
    static func delete(_ companyID: CompanyID, _ id: UUID) -> PostgresQuery {
        """
        DELETE FROM grant_revocation
        WHERE company_id = \(companyID.rawValue) AND id = \(id)
        RETURNING id
        """
    }

    /// Nobody will adopt them.
    static func hasten(_ companyID: CompanyID, _ id: UUID) -> PostgresQuery {
        """
        UPDATE grant_revocation SET due_at = now()
        WHERE company_id = \(companyID.rawValue) AND id = \(id) AND attempts = 0
        RETURNING id
        """
    }

    /// Takes what is due, a bounded number, each for one worker and for so long.
    static func takeDue(limit: Int64, seconds: Int64) -> PostgresQuery {
        """
        UPDATE grant_revocation AS stored SET attempts = stored.attempts + 1,
            due_at = now() + \(seconds) * interval '1 second'
        FROM (
            SELECT company_id, id FROM grant_revocation WHERE due_at <= now()
            ORDER BY due_at LIMIT \(limit) FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE stored.company_id = due.company_id AND stored.id = due.id
        RETURNING stored.company_id, stored.id, stored.provider, stored.login_url,
            stored.instance_url, stored.identity_url, stored.sealed_for, stored.key_id,
            stored.access_token, stored.refresh_token, stored.attempts, stored.created_at
        """
    }

    /// Puts one off that the provider did not take.
    static func postpone(
        _ companyID: CompanyID,
        _ id: UUID,
        seconds: Double,
        error: String
    ) -> PostgresQuery {
        """
        UPDATE grant_revocation SET due_at = now() + \(seconds) * interval '1 second',
            last_error = \(error)
        WHERE company_id = \(companyID.rawValue) AND id = \(id)
        """
    }

    static func revocation(_ row: PostgresRow, cipher: TokenCipher) throws -> TokenRevocation {
        guard let companyID = CompanyID(rawValue: try row.decode("company_id", as: String.self)),
            let provider = ProviderID(rawValue: try row.decode("provider", as: String.self))
        else { throw StoreError(.unknownValue, "a revocation names no company or provider") }
        return TokenRevocation(
            companyID: companyID,
            id: try row.decode("id", as: UUID.self),
            provider: provider,
            loginURL: try row.decode("login_url", as: String.self),
            tokens: try tokens(row, cipher: cipher),
            attempts: try row.decode("attempts", as: Int.self),
            createdAt: try row.decode("created_at", as: Date.self)
        )
    }

    static func tokens(_ row: PostgresRow, cipher: TokenCipher) throws -> Tokens {
        try SealedTokens.open(row, for: try row.decode("sealed_for", as: String.self), cipher)
    }
}
