import Domain
import FoundationEssentials
import Postgres

/// `provider_grant`: the tokens, encrypted, one row for each provider user of a company.
enum GrantTable {
    static func select(_ companyID: CompanyID, _ id: UUID) -> PostgresQuery {
        """
        SELECT id, provider, organization_id, account_id, username, state, lost_reason, generation,
            login_url, instance_url, identity_url, key_id, access_token, refresh_token
        FROM provider_grant WHERE company_id = \(companyID.rawValue) AND id = \(id)
        """
    }

    static func select(
        _ companyID: CompanyID,
        _ provider: ProviderID,
        organizationID: String,
        accountID: String
    ) -> PostgresQuery {
        """
        SELECT id, provider, organization_id, account_id, username, state, lost_reason, generation,
            login_url, instance_url, identity_url, key_id, access_token, refresh_token
        FROM provider_grant
        WHERE company_id = \(companyID.rawValue) AND provider = \(provider.rawValue)
            AND organization_id = \(organizationID) AND account_id = \(accountID)
        """
    }

    /// Stores a new grant, or new tokens for a known provider user at the generation that was read.
    ///
    /// A row comes back if so. What the row held until now is queued to be revoked, in the same
    /// statement: the old approval ends after the new one is stored, and only then.
    ///
    /// `grant` has the generation that was read; where its refresh token is the stored one it is the
    /// same approval, and nothing is to be revoked.
    static func save(
        _ grant: Grant,
        isSameApproval: Bool,
        cipher: TokenCipher
    ) throws -> PostgresQuery {
        let sealed = try SealedTokens(grant.tokens, for: rowName(grant.companyID, grant.id), cipher)
        return """
            WITH replaced AS (
                SELECT * FROM provider_grant
                WHERE company_id = \(grant.companyID.rawValue) AND id = \(grant.id)
                FOR NO KEY UPDATE
            ), saved AS (
                INSERT INTO provider_grant AS stored (
                    company_id, id, provider, organization_id, account_id, username, state,
                    generation, login_url, instance_url, identity_url, key_id, access_token,
                    refresh_token)
                SELECT \(grant.companyID.rawValue), \(grant.id), \(grant.provider.rawValue),
                    \(grant.organizationID), \(grant.accountID), \(grant.username), 'active', 1,
                    \(grant.loginURL), \(grant.tokens.instanceURL), \(grant.tokens.identityURL),
                    \(sealed.keyID), \(sealed.access), \(sealed.refresh)
                FROM (SELECT count(*) FROM replaced) AS read_first
                ON CONFLICT (company_id, id) DO UPDATE SET state = excluded.state,
                    username = excluded.username, lost_reason = NULL,
                    generation = stored.generation + 1, login_url = excluded.login_url,
                    instance_url = excluded.instance_url, identity_url = excluded.identity_url,
                    key_id = excluded.key_id, access_token = excluded.access_token,
                    refresh_token = excluded.refresh_token, refresh_attempt = NULL,
                    refresh_until = NULL, refreshed_at = now(),
                    keep_alive_at = excluded.keep_alive_at
                    WHERE stored.generation = \(grant.generation)
                RETURNING company_id, id
            ), queued AS (
                INSERT INTO grant_revocation (
                    company_id, id, provider, login_url, instance_url, identity_url, sealed_for,
                    key_id, access_token, refresh_token, due_at)
                SELECT company_id, gen_random_uuid(), provider, login_url, instance_url,
                    identity_url, \(rowName(grant.companyID, grant.id)), key_id, access_token,
                    refresh_token, now()
                FROM replaced JOIN saved USING (company_id, id)
                WHERE state <> 'revoked' AND NOT \(isSameApproval)
            )
            SELECT id FROM saved
            """
    }

    /// Ends a grant that nothing uses any more, erases its tokens and queues them to be revoked.
    ///
    /// That it is used, or has ended, is no refusal: no row comes back.
    static func release(_ companyID: CompanyID, _ id: UUID) -> PostgresQuery {
        """
        WITH ended AS (
            SELECT * FROM provider_grant AS stored
            WHERE company_id = \(companyID.rawValue) AND id = \(id) AND state <> 'revoked'
                AND NOT EXISTS (
                    SELECT FROM user_connection AS connection
                    WHERE connection.company_id = stored.company_id
                        AND connection.grant_id = stored.id AND connection.state <> 'disconnected')
                AND NOT EXISTS (
                    SELECT FROM company_integration AS integration
                    WHERE integration.company_id = stored.company_id
                        AND integration.grant_id = stored.id AND integration.state <> 'off')
            FOR NO KEY UPDATE
        ), queued AS (
            INSERT INTO grant_revocation (
                company_id, id, provider, login_url, instance_url, identity_url, sealed_for, key_id,
                access_token, refresh_token, due_at)
            SELECT company_id, gen_random_uuid(), provider, login_url, instance_url, identity_url,
                \(rowName(companyID, id)), key_id, access_token, refresh_token, now()
            FROM ended
        )
        UPDATE provider_grant AS stored SET state = 'revoked', access_token = '',
            refresh_token = NULL, lost_reason = NULL, refresh_attempt = NULL, refresh_until = NULL
        FROM ended WHERE stored.company_id = ended.company_id AND stored.id = ended.id
        RETURNING stored.id
        """
    }

    /// Holds a grant until the transaction's end, before what uses it.
    static func lock(_ companyID: CompanyID, _ id: UUID) -> PostgresQuery {
        """
        SELECT id FROM provider_grant
        WHERE company_id = \(companyID.rawValue) AND id = \(id)
        FOR NO KEY UPDATE
        """
    }

    static func grant(
        _ row: PostgresRow,
        _ companyID: CompanyID,
        cipher: TokenCipher,
        mayBeDamaged: Bool = false
    ) throws -> Grant {
        let id = try row.decode("id", as: UUID.self)
        guard let provider = ProviderID(rawValue: try row.decode("provider", as: String.self))
        else { throw StoreError(.unknownValue, "a grant names no provider") }
        return Grant(
            companyID: companyID,
            id: id,
            provider: provider,
            organizationID: try row.decode("organization_id", as: String.self),
            accountID: try row.decode("account_id", as: String.self),
            username: try row.decode("username", as: String.self),
            state: try row.value("state", as: GrantState.self),
            lostReason: try row.decode("lost_reason", as: String?.self)
                .flatMap(FailureReason.init),
            generation: try row.decode("generation", as: Int64.self),
            loginURL: try row.decode("login_url", as: String.self),
            tokens: try tokens(row, rowName(companyID, id), cipher, mayBeDamaged: mayBeDamaged)
        )
    }

    /// Tokens nobody can read are none, where they are about to be replaced anyway.
    private static func tokens(
        _ row: PostgresRow,
        _ name: String,
        _ cipher: TokenCipher,
        mayBeDamaged: Bool
    ) throws -> Tokens {
        do {
            return try SealedTokens.open(row, for: name, cipher)
        } catch let error as StoreError where mayBeDamaged && error.code == .undecryptable {
            return Tokens(access: Secret(""), refresh: nil, instanceURL: "", identityURL: "")
        }
    }

    static func rowName(_ companyID: CompanyID, _ id: UUID) -> String {
        "provider_grant/\(companyID)/\(id.uuidString.lowercased())"
    }
}
