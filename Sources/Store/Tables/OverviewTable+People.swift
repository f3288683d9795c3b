import Domain
import Postgres

/// One company, one person, one task.
extension OverviewTable {
    /// A company's integration, and the grant it was turned on with.
    static func company(_ companyID: CompanyID, _ provider: ProviderID) -> PostgresQuery {
        """
        SELECT integration.state, integration.changed_at, integration.organization_id,
            integration.organization_name, \(unescaped: grantColumns)
        FROM company_integration AS integration
        LEFT JOIN provider_grant AS held
            ON held.company_id = integration.company_id AND held.id = integration.grant_id
        WHERE integration.company_id = \(companyID.rawValue)
            AND integration.provider = \(provider.rawValue)
        """
    }

    /// A person's connection, and the grant its syncs run with.
    static func person(_ owner: TaskOwner) -> PostgresQuery {
        """
        SELECT connection.state, connection.changed_at, connection.covered_until,
            connection.next_sync_at, integration.state AS company_state,
            integration.organization_id, \(unescaped: grantColumns)
        FROM user_connection AS connection
        LEFT JOIN company_integration AS integration USING (company_id, provider)
        LEFT JOIN provider_grant AS held
            ON held.company_id = connection.company_id AND held.id = connection.grant_id
        WHERE connection.company_id = \(owner.companyID.rawValue)
            AND connection.user_id = \(owner.userID.rawValue)
            AND connection.provider = \(owner.provider.rawValue)
        """
    }

    /// How many tasks are in a person's list.
    static func tasks(of owner: TaskOwner) -> PostgresQuery {
        """
        SELECT count(*) FILTER (WHERE is_listed AND NOT is_closed) AS open,
            count(*) FILTER (WHERE is_listed AND is_closed) AS closed,
            count(*) <= \(readLimit) AS is_complete
        FROM (
            SELECT is_closed, removal_reason IS NULL AS is_listed FROM task
            WHERE company_id = \(owner.companyID.rawValue) AND user_id = \(owner.userID.rawValue)
                AND provider = \(owner.provider.rawValue)
            LIMIT \(readLimit + 1)
        ) AS read
        """
    }

    /// A task a person has or had in their list; also by the first 15 characters of its id, which is
    /// how Salesforce's older pages show it.
    static func task(_ externalID: String, of owner: TaskOwner) -> PostgresQuery {
        """
        SELECT external_id, version, is_closed, removal_reason, provider_updated_at FROM task
        WHERE company_id = \(owner.companyID.rawValue) AND user_id = \(owner.userID.rawValue)
            AND provider = \(owner.provider.rawValue)
            AND (external_id = \(externalID)
                OR length(\(externalID)) = 15 AND left(external_id, 15) = \(externalID))
        LIMIT 1
        """
    }

    /// Who else of the company has a task in their list, asked person by person in the primary key.
    static func otherOwner(of externalID: String, than owner: TaskOwner) -> PostgresQuery {
        """
        SELECT person.user_id FROM user_connection AS person CROSS JOIN LATERAL (
            SELECT FROM task
            WHERE task.company_id = person.company_id AND task.user_id = person.user_id
                AND task.provider = person.provider AND task.external_id = \(externalID)
                AND task.removal_reason IS NULL
            LIMIT 1
        ) AS listed
        WHERE person.company_id = \(owner.companyID.rawValue)
            AND person.provider = \(owner.provider.rawValue)
            AND person.user_id <> \(owner.userID.rawValue)
        LIMIT 1
        """
    }

    private static let grantColumns = """
        held.state AS grant_state, held.username, held.account_id, held.lost_reason,
            held.refreshed_at, held.organization_id AS grant_organization_id
        """
}
