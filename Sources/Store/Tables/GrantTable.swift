import Domain
import FoundationEssentials
import Postgres

/// `provider_grant`: the tokens, encrypted, one row for each provider user of a company.
enum GrantTable {
    static func select(_ companyID: CompanyID, _ id: UUID) -> PostgresQuery {
        """
        SELECT id, provider, organization_id, account_id, state, generation, login_url,
            instance_url, identity_url, key_id, access_token, refresh_token
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
        SELECT id, provider, organization_id, account_id, state, generation, login_url,
            instance_url, identity_url, key_id, access_token, refresh_token
        FROM provider_grant
        WHERE company_id = \(companyID.rawValue) AND provider = \(provider.rawValue)
            AND organization_id = \(organizationID) AND account_id = \(accountID)
        """
    }

    /// Stores a new grant, or new tokens for a known provider user; the id of that row comes back.
    static func save(_ grant: Grant, cipher: TokenCipher) throws -> PostgresQuery {
        """
        INSERT INTO provider_grant AS stored (
            company_id, id, provider, organization_id, account_id, state, generation, login_url,
            instance_url, identity_url, key_id, access_token, refresh_token)
        SELECT \(grant.companyID.rawValue), \(grant.id), \(grant.provider.rawValue),
            \(grant.organizationID), \(grant.accountID), \(grant.state.rawValue), 1,
            \(grant.loginURL), \(grant.tokens.instanceURL), \(grant.tokens.identityURL),
            \(cipher.currentKeyID), \(try sealedAccess(grant, cipher)),
            \(try sealedRefresh(grant, cipher))
        ON CONFLICT (company_id, id) DO UPDATE SET state = excluded.state,
            generation = stored.generation + 1, login_url = excluded.login_url,
            instance_url = excluded.instance_url, identity_url = excluded.identity_url,
            key_id = excluded.key_id, access_token = excluded.access_token,
            refresh_token = excluded.refresh_token, refresh_attempt = NULL, refresh_until = NULL,
            refreshed_at = now()
        RETURNING id
        """
    }

    /// Takes the right to refresh a generation; a row comes back if nobody else has it.
    static func beginRefresh(_ grant: Grant, attempt: UUID, seconds: Int64) -> PostgresQuery {
        """
        UPDATE provider_grant SET state = 'refreshing', refresh_attempt = \(attempt),
            refresh_until = now() + \(seconds) * interval '1 second'
        WHERE company_id = \(grant.companyID.rawValue) AND id = \(grant.id)
            AND generation = \(grant.generation)
            AND (state = 'active' OR (state = 'refreshing' AND refresh_until < now()))
        RETURNING id
        """
    }

    /// Stores refreshed tokens, if the right to refresh is still the caller's.
    static func endRefresh(_ grant: Grant, attempt: UUID, cipher: TokenCipher) throws
        -> PostgresQuery
    {
        """
        UPDATE provider_grant SET state = 'active', generation = generation + 1,
            instance_url = \(grant.tokens.instanceURL), identity_url = \(grant.tokens.identityURL),
            key_id = \(cipher.currentKeyID), access_token = \(try sealedAccess(grant, cipher)),
            refresh_token = \(try sealedRefresh(grant, cipher)), refresh_attempt = NULL,
            refresh_until = NULL, refreshed_at = now()
        WHERE company_id = \(grant.companyID.rawValue) AND id = \(grant.id)
            AND generation = \(grant.generation) AND refresh_attempt = \(attempt)
        RETURNING generation
        """
    }

    /// Gives the right to refresh back without new tokens.
    static func releaseRefresh(_ grant: Grant, attempt: UUID, to state: GrantState)
        -> PostgresQuery
    {
        """
        UPDATE provider_grant SET state = \(state.rawValue), refresh_attempt = NULL,
            refresh_until = NULL
        WHERE company_id = \(grant.companyID.rawValue) AND id = \(grant.id)
            AND generation = \(grant.generation) AND refresh_attempt = \(attempt)
        RETURNING generation
        """
    }

    /// Ends a grant and erases its tokens.
    static func revoke(_ companyID: CompanyID, _ id: UUID) -> PostgresQuery {
        """
        UPDATE provider_grant SET state = 'revoked', access_token = '', refresh_token = NULL,
            refresh_attempt = NULL, refresh_until = NULL
        WHERE company_id = \(companyID.rawValue) AND id = \(id)
        RETURNING id
        """
    }

    static func grant(
        _ row: PostgresRow,
        _ companyID: CompanyID,
        cipher: TokenCipher
    ) throws -> Grant {
        let id = try row.decode("id", as: UUID.self)
        let keyID = try row.decode("key_id", as: String.self)
        let state = try row.value("state", as: GrantState.self)
        let access = try row.decode("access_token", as: [UInt8].self)
        let refresh = try row.decode("refresh_token", as: [UInt8]?.self)
        let row = try (
            provider: row.decode("provider", as: String.self),
            organization: row.decode("organization_id", as: String.self),
            account: row.decode("account_id", as: String.self),
            generation: row.decode("generation", as: Int64.self),
            login: row.decode("login_url", as: String.self),
            instance: row.decode("instance_url", as: String.self),
            identity: row.decode("identity_url", as: String.self)
        )
        guard let provider = ProviderID(rawValue: row.provider) else {
            throw StoreError(.unknownValue, "a grant names no provider")
        }
        let tokens = Tokens(
            access: state == .revoked
                ? Secret("")
                : try cipher.open(access, keyID: keyID, for: rowName(companyID, id, "access")),
            refresh: try refresh.map {
                try cipher.open($0, keyID: keyID, for: rowName(companyID, id, "refresh"))
            },
            instanceURL: row.instance,
            identityURL: row.identity
        )
        return Grant(
            companyID: companyID,
            id: id,
            provider: provider,
            organizationID: row.organization,
            accountID: row.account,
            state: state,
            generation: row.generation,
            loginURL: row.login,
            tokens: tokens
        )
    }

    private static func sealedAccess(_ grant: Grant, _ cipher: TokenCipher) throws -> [UInt8] {
        try cipher.seal(grant.tokens.access, for: rowName(grant.companyID, grant.id, "access"))
    }

    private static func sealedRefresh(_ grant: Grant, _ cipher: TokenCipher) throws -> [UInt8]? {
        try grant.tokens.refresh.map {
            try cipher.seal($0, for: rowName(grant.companyID, grant.id, "refresh"))
        }
    }

    private static func rowName(_ companyID: CompanyID, _ id: UUID, _ column: String) -> String {
        "provider_grant/\(companyID)/\(id.uuidString.lowercased())/\(column)"
    }
}
