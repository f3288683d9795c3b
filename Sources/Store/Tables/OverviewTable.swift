import Domain
import Postgres

/// What a person may look at: counts, ages and states, of no more rows than is cheap, and no column
/// that is encrypted.
///
/// A statement that could read without end stops at a limit and says so in `is_complete`. Where a
/// company is not given, `OR` is decided before the statement is planned, so that it costs no index.
enum OverviewTable {
    /// How many rows are read where nothing finds the wanted ones: a tenth of a second's work.
    static let readLimit: Int64 = 100_000
    /// How many entries of an index are counted.
    static let countLimit: Int64 = 10_000

    /// Three tables whose rows have a state.
    enum States: String {
        case companies = "company_integration"
        case connections = "user_connection"
        case grants = "provider_grant"
    }

    static let now: PostgresQuery = "SELECT now() AS now"

    /// How many rows of a table are in each state.
    static func states(
        of table: States,
        _ provider: ProviderID,
        _ companyID: CompanyID?
    ) -> PostgresQuery {
        """
        SELECT state, count(*) FILTER (WHERE provider = \(provider.rawValue)) AS rows,
            sum(count(*)) OVER () <= \(readLimit) AS is_complete
        FROM (
            SELECT state, provider FROM \(unescaped: table.rawValue)
            WHERE \(companyID == nil) OR company_id = \(companyID?.rawValue)
            LIMIT \(readLimit + 1)
        ) AS read GROUP BY state
        """
    }

    /// How many authorizations have not ended, by state.
    static func openAttempts(
        _ provider: ProviderID,
        _ companyID: CompanyID?,
        of userID: UserID? = nil
    ) -> PostgresQuery {
        """
        SELECT state, count(*) AS rows, sum(count(*)) OVER () <= \(countLimit) AS is_complete
        FROM (
            SELECT state FROM authorization_attempt
            WHERE state IN ('pending', 'exchanging') AND provider = \(provider.rawValue)
                AND (\(companyID == nil) OR company_id = \(companyID?.rawValue))
                AND (\(userID == nil) OR actor = \(userID?.rawValue) AND scope = 'user')
            LIMIT \(countLimit + 1)
        ) AS read GROUP BY state
        """
    }

    /// Tokens that must end at the provider and have not yet.
    static func revocations(_ provider: ProviderID, _ companyID: CompanyID?) -> PostgresQuery {
        """
        SELECT count(*) AS rows, min(created_at) AS oldest, count(*) <= \(countLimit) AS is_complete
        FROM (
            SELECT created_at FROM grant_revocation
            WHERE provider = \(provider.rawValue)
                AND (\(companyID == nil) OR company_id = \(companyID?.rawValue))
            ORDER BY due_at LIMIT \(countLimit + 1)
        ) AS read
        """
    }

    /// How many requests are in each state; those that were done long ago are forgotten.
    static func requests(_ companyID: CompanyID?) -> PostgresQuery {
        """
        SELECT state, count(*) AS rows, sum(count(*)) OVER () <= \(readLimit) AS is_complete
        FROM (
            SELECT state FROM inbox
            WHERE \(companyID == nil) OR company_id = \(companyID?.rawValue)
            LIMIT \(readLimit + 1)
        ) AS read GROUP BY state
        """
    }

    /// What waits in the database, by partition; nothing waits where there never was a lease.
    static let parked: PostgresQuery = """
        SELECT lease.topic, lease.partition, parked.rows, parked.oldest,
            parked.rows <= \(countLimit) AS is_complete
        FROM partition_lease AS lease CROSS JOIN LATERAL (
            SELECT count(*) AS rows, min(claimed_at) AS oldest FROM (
                SELECT claimed_at FROM inbox
                WHERE inbox.topic = lease.topic AND inbox.partition = lease.partition
                    AND state = 'parked'
                LIMIT \(countLimit + 1)
            ) AS read
        ) AS parked
        WHERE parked.rows > 0 ORDER BY lease.topic, lease.partition
        """

    /// What waits in the database of one company, by partition.
    static func parked(of companyID: CompanyID) -> PostgresQuery {
        """
        SELECT topic, partition, count(*) AS rows, min(claimed_at) AS oldest,
            sum(count(*)) OVER () <= \(countLimit) AS is_complete
        FROM (
            SELECT topic, partition, claimed_at FROM inbox
            WHERE company_id = \(companyID.rawValue) AND state = 'parked'
            LIMIT \(countLimit + 1)
        ) AS read GROUP BY topic, partition ORDER BY topic, partition
        """
    }

    /// What waits of a company, or of one of its keys alone, and why the last one failed that did.
    static func waiting(_ companyID: CompanyID, key: String? = nil) -> PostgresQuery {
        """
        WITH read AS MATERIALIZED (
            SELECT claimed_at, attempt, last_error, nullif(next_at, '-infinity') AS next_at
            FROM inbox
            WHERE company_id = \(companyID.rawValue) AND state = 'parked'
                AND (\(key == nil) OR ordering_key = \(key))
            LIMIT \(countLimit + 1)
        ), failed AS (
            SELECT attempt, last_error FROM read WHERE last_error IS NOT NULL
            ORDER BY claimed_at DESC LIMIT 1
        )
        SELECT count(*) AS rows, min(claimed_at) AS oldest, count(*) <= \(countLimit) AS is_complete,
            CASE WHEN bool_or(next_at IS NULL) THEN NULL ELSE min(next_at) END AS next_at,
            (SELECT attempt FROM failed) AS attempt, (SELECT last_error FROM failed) AS last_error
        FROM read
        """
    }

    /// Records that are not yet known to be delivered.
    static func outbox(_ companyID: CompanyID?) -> PostgresQuery {
        """
        SELECT count(*) FILTER (WHERE is_wanted) AS rows,
            min(created_at) FILTER (WHERE is_wanted) AS oldest,
            count(*) <= \(countLimit) AS is_complete
        FROM (
            SELECT created_at,
                \(companyID == nil) OR company_id = \(companyID?.rawValue) AS is_wanted
            FROM outbox LIMIT \(countLimit + 1)
        ) AS read
        """
    }

    /// Who owns which partitions.
    static let leases: PostgresQuery = """
        SELECT owner, topic, array_agg(partition ORDER BY partition) AS partitions,
            max(acquired_at) AS since
        FROM partition_lease GROUP BY owner, topic ORDER BY owner, topic
        """

    /// Who should have been synced longer ago than an interval.
    static func overdue(
        _ provider: ProviderID,
        _ companyID: CompanyID?,
        bySeconds seconds: Int64
    ) -> PostgresQuery {
        """
        SELECT count(*) AS rows, min(next_sync_at) AS oldest, count(*) <= \(countLimit) AS is_complete
        FROM (
            SELECT next_sync_at FROM user_connection
            WHERE state = 'connected' AND next_sync_at < now() - \(seconds) * interval '1 second'
                AND provider = \(provider.rawValue)
                AND (\(companyID == nil) OR company_id = \(companyID?.rawValue))
            ORDER BY next_sync_at LIMIT \(countLimit + 1)
        ) AS read
        """
    }

    /// Imports of which a page is written and the last one is not, the oldest first.
    static func imports(
        _ provider: ProviderID,
        _ companyID: CompanyID?,
        of userID: UserID? = nil,
        limit: Int64
    ) -> PostgresQuery {
        """
        SELECT company_id, user_id, started_at,
            created + updated + completed + reopened + removed + unchanged AS tasks,
            count(*) OVER () AS rows, count(*) OVER () <= \(countLimit) AS is_complete
        FROM (
            SELECT * FROM import_checkpoint
            WHERE provider = \(provider.rawValue)
                AND (\(companyID == nil) OR company_id = \(companyID?.rawValue))
                AND (\(userID == nil) OR user_id = \(userID?.rawValue))
            LIMIT \(countLimit + 1)
        ) AS read
        ORDER BY started_at, company_id, user_id LIMIT \(limit)
        """
    }
}
