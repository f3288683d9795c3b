import Domain
import FoundationEssentials
import Postgres

/// `company_integration`: whether a company's integration is on.
enum IntegrationTable {
    static func select(_ companyID: CompanyID, _ provider: ProviderID) -> PostgresQuery {
        """
        SELECT state, version, grant_id, organization_id, organization_name FROM company_integration
        WHERE company_id = \(companyID.rawValue) AND provider = \(provider.rawValue)
        """
    }

    /// Writes the entity if it is still at the version that was read; a row comes back if so.
    static func save(_ integration: CompanyIntegration) -> PostgresQuery {
        """
        INSERT INTO company_integration AS stored
            (company_id, provider, state, version, grant_id, organization_id, organization_name)
        SELECT \(integration.companyID.rawValue), \(integration.provider.rawValue),
            \(integration.state.rawValue), 1, \(integration.grantID),
            \(integration.organizationID), \(integration.organizationName)
        ON CONFLICT (company_id, provider) DO UPDATE SET state = excluded.state,
            version = stored.version + 1, grant_id = excluded.grant_id,
            organization_id = excluded.organization_id,
            organization_name = excluded.organization_name, changed_at = now()
            WHERE stored.version = \(integration.version)
        RETURNING version
        """
    }

    /// Holds an integration that somebody relies on, until the transaction's end; a row comes back if
    /// it is on and as it was read.
    static func hold(_ integration: CompanyIntegration) -> PostgresQuery {
        """
        SELECT version FROM company_integration
        WHERE company_id = \(integration.companyID.rawValue)
            AND provider = \(integration.provider.rawValue) AND state <> 'off'
            AND version = \(integration.version)
        FOR SHARE
        """
    }

    /// Whether the company's own integration uses a grant.
    static func uses(_ companyID: CompanyID, _ grantID: UUID) -> PostgresQuery {
        """
        SELECT provider FROM company_integration
        WHERE company_id = \(companyID.rawValue) AND grant_id = \(grantID) AND state <> 'off'
        """
    }

    /// Its grant works again; a row comes back if it was waiting for that.
    static func revive(_ grant: Grant) -> PostgresQuery {
        """
        UPDATE company_integration SET state = 'on', version = version + 1, changed_at = now()
        WHERE company_id = \(grant.companyID.rawValue) AND grant_id = \(grant.id)
            AND state = 'reauthorization-required'
        RETURNING provider
        """
    }

    /// Its grant is lost; a row comes back for each integration that was on with it.
    static func loseGrant(_ companyID: CompanyID, _ grantID: UUID) -> PostgresQuery {
        """
        UPDATE company_integration SET state = 'reauthorization-required', version = version + 1,
            changed_at = now()
        WHERE company_id = \(companyID.rawValue) AND grant_id = \(grantID) AND state = 'on'
        RETURNING provider
        """
    }

    static func integration(
        _ row: PostgresRow,
        _ companyID: CompanyID,
        _ provider: ProviderID
    ) throws -> CompanyIntegration {
        CompanyIntegration(
            companyID: companyID,
            provider: provider,
            state: try row.value("state", as: IntegrationState.self),
            version: try row.decode("version", as: Int64.self),
            grantID: try row.decode("grant_id", as: UUID?.self),
            organizationID: try row.decode("organization_id", as: String?.self),
            organizationName: try row.decode("organization_name", as: String?.self)
        )
    }
}

extension PostgresRow {
    /// A column that holds one of a closed list of words.
    func value<Value: RawRepresentable<String>>(_ column: String, as: Value.Type) throws -> Value {
        let text = try decode(column, as: String.self)
        guard let value = Value(rawValue: text) else {
            throw StoreError(
                .unknownValue,
                "column \(column) holds a value this program does not know"
            )
        }
        return value
    }
}
