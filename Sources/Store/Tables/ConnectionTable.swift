import Domain
import FoundationEssentials
import Postgres

/// `user_connection`: whose account is connected, and until when it is covered.
enum ConnectionTable {
    static func select(_ owner: TaskOwner) -> PostgresQuery {
        """
        SELECT state, version, grant_id, account_id, covered_until FROM user_connection
        WHERE company_id = \(owner.companyID.rawValue) AND user_id = \(owner.userID.rawValue)
            AND provider = \(owner.provider.rawValue)
        """
    }

    /// Whose connection an account of the provider is.
    static func owner(
        of accountID: String,
        _ companyID: CompanyID,
        _ provider: ProviderID
    ) -> PostgresQuery {
        """
        SELECT user_id FROM user_connection
        WHERE company_id = \(companyID.rawValue) AND provider = \(provider.rawValue)
            AND account_id = \(accountID) AND state <> 'disconnected'
        """
    }

    /// Everyone of a company who is connected, in a fixed order.
    static func connected(_ companyID: CompanyID, _ provider: ProviderID) -> PostgresQuery {
        """
        SELECT user_id FROM user_connection
        WHERE company_id = \(companyID.rawValue) AND provider = \(provider.rawValue)
            AND state = 'connected'
        ORDER BY user_id
        """
    }

    /// Everyone of a company who has ever connected.
    static func all(_ companyID: CompanyID, _ provider: ProviderID) -> PostgresQuery {
        """
        SELECT user_id FROM user_connection
        WHERE company_id = \(companyID.rawValue) AND provider = \(provider.rawValue)
        ORDER BY user_id
        """
    }

    /// Writes the entity if it is still at the version that was read; a row comes back if so.
    static func save(_ connection: UserConnection) -> PostgresQuery {
        """
        INSERT INTO user_connection AS stored (
            company_id, user_id, provider, state, version, grant_id, account_id, covered_until)
        SELECT \(connection.owner.companyID.rawValue), \(connection.owner.userID.rawValue),
            \(connection.owner.provider.rawValue), \(connection.state.rawValue), 1,
            \(connection.grantID), \(connection.accountID), \(connection.coveredUntil)
        ON CONFLICT (company_id, user_id, provider) DO UPDATE SET state = excluded.state,
            version = stored.version + 1, grant_id = excluded.grant_id,
            account_id = excluded.account_id, covered_until = excluded.covered_until,
            next_sync_at = NULL, changed_at = now()
            WHERE stored.version = \(connection.version)
        RETURNING version
        """
    }

    /// Suspends everyone of a company; who is erased as well is read anew when they resume.
    static func suspend(
        _ companyID: CompanyID,
        _ provider: ProviderID,
        erasing: Bool
    ) -> PostgresQuery {
        """
        UPDATE user_connection SET state = 'suspended', version = version + 1,
            covered_until = CASE WHEN \(erasing) THEN NULL ELSE covered_until END,
            next_sync_at = NULL, changed_at = now()
        WHERE company_id = \(companyID.rawValue) AND provider = \(provider.rawValue)
            AND (state IN ('connected', 'reauthorization-required')
                OR state = 'suspended' AND \(erasing))
        RETURNING user_id
        """
    }

    /// Takes a company's suspension back: for whose grant lives and is of the company's organization.
    ///
    /// Everyone else must sign in again. A row comes back for each person, with what decided.
    static func resume(
        _ companyID: CompanyID,
        _ provider: ProviderID,
        organizationID: String
    ) -> PostgresQuery {
        """
        UPDATE user_connection AS connection SET
            state = CASE WHEN suspended.resumes THEN 'connected'
                ELSE 'reauthorization-required' END,
            version = connection.version + 1,
            next_sync_at = CASE WHEN suspended.resumes
                THEN now() + random() * interval '10 seconds' END,
            changed_at = now()
        FROM (
            SELECT person.user_id, coalesce(held.state NOT IN ('lost', 'revoked')
                    AND held.organization_id = \(organizationID), false) AS resumes,
                held.lost_reason,
                coalesce(held.state NOT IN ('lost', 'revoked'), false) AS is_elsewhere
            FROM user_connection AS person
            LEFT JOIN provider_grant AS held
                ON held.company_id = person.company_id AND held.id = person.grant_id
            WHERE person.company_id = \(companyID.rawValue)
                AND person.provider = \(provider.rawValue) AND person.state = 'suspended'
            ORDER BY person.user_id FOR NO KEY UPDATE OF person
        ) AS suspended
        WHERE connection.company_id = \(companyID.rawValue)
            AND connection.user_id = suspended.user_id AND connection.provider = \(provider.rawValue)
        RETURNING connection.user_id, suspended.resumes, suspended.lost_reason,
            suspended.is_elsewhere
        """
    }

    /// Their grant works again; a row comes back for each person who was waiting for that.
    static func revive(_ grant: Grant) -> PostgresQuery {
        """
        UPDATE user_connection SET state = 'connected', version = version + 1,
            next_sync_at = now(), changed_at = now()
        WHERE company_id = \(grant.companyID.rawValue) AND grant_id = \(grant.id)
            AND state = 'reauthorization-required'
        RETURNING user_id
        """
    }

    /// Their grant is lost; a row comes back for each person who was connected with it.
    static func loseGrant(_ companyID: CompanyID, _ grantID: UUID) -> PostgresQuery {
        """
        UPDATE user_connection SET state = 'reauthorization-required', version = version + 1,
            next_sync_at = NULL, changed_at = now()
        WHERE company_id = \(companyID.rawValue) AND grant_id = \(grantID) AND state = 'connected'
        RETURNING user_id, provider
        """
    }

    /// Holds the connections that a sync step may still write to; locks them until the end.
    ///
    /// A row comes back, by ordinal, for each that is connected and as it was when the sync began.
    static func hold(_ steps: [(owner: TaskOwner, version: Int64)]) -> PostgresQuery {
        """
        SELECT step.ordinal
        FROM user_connection AS connection
        JOIN unnest(
            \(steps.map(\.owner.companyID.rawValue)), \(steps.map(\.owner.userID.rawValue)),
            \(steps.map(\.owner.provider.rawValue)), \(steps.map(\.version))
        ) WITH ORDINALITY AS step (company_id, user_id, provider, version, ordinal)
            USING (company_id, user_id, provider, version)
        WHERE connection.state = 'connected'
        ORDER BY connection.company_id, connection.user_id, connection.provider
        FOR NO KEY UPDATE OF connection
        """
    }

    /// Records until when people's tasks are covered, and whose list was held against everything.
    static func cover(
        _ covered: [(owner: TaskOwner, until: Date, isWhole: Bool)]
    ) -> PostgresQuery {
        """
        UPDATE user_connection AS connection SET covered_until = covered.until,
            reconciled_at = CASE WHEN covered.is_whole THEN now()
                ELSE connection.reconciled_at END
        FROM unnest(
            \(covered.map(\.owner.companyID.rawValue)), \(covered.map(\.owner.userID.rawValue)),
            \(covered.map(\.owner.provider.rawValue)), \(covered.map(\.until)),
            \(covered.map(\.isWhole))
        ) AS covered (company_id, user_id, provider, until, is_whole)
        WHERE connection.company_id = covered.company_id
            AND connection.user_id = covered.user_id AND connection.provider = covered.provider
        """
    }

    /// Takes connections that are due, a bounded number, and says when each is due next.
    ///
    /// Locked rows are another replica's; jitter of ±10 % keeps a company's people apart. Whose list was
    /// not held against everything for so long is due for that.
    static func takeDue(
        interval seconds: Double,
        reconcileAfter reconciliation: Double,
        limit: Int64
    ) -> PostgresQuery {
        """
        UPDATE user_connection AS connection
        SET next_sync_at = now() + \(seconds) * (0.9 + 0.2 * random()) * interval '1 second'
        FROM (
            SELECT company_id, user_id, provider, next_sync_at IS NULL AS fresh
            FROM user_connection
            WHERE state = 'connected' AND (next_sync_at IS NULL OR next_sync_at <= now())
            ORDER BY next_sync_at NULLS FIRST LIMIT \(limit) FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE connection.company_id = due.company_id AND connection.user_id = due.user_id
            AND connection.provider = due.provider
        RETURNING connection.company_id, connection.user_id, connection.provider, due.fresh,
            coalesce(connection.reconciled_at, connection.changed_at) < now()
                - \(reconciliation) * (0.9 + 0.2 * random()) * interval '1 second' AS is_whole
        """
    }

    /// Puts a person's next sync off, with jitter of a minute, so that a company's do not come at once.
    static func putOff(_ next: NextSync) -> PostgresQuery {
        """
        UPDATE user_connection
        SET next_sync_at = greatest(next_sync_at, \(next.at) + random() * interval '1 minute')
        WHERE company_id = \(next.owner.companyID.rawValue)
            AND user_id = \(next.owner.userID.rawValue)
            AND provider = \(next.owner.provider.rawValue) AND state = 'connected'
        """
    }

    static func connection(_ row: PostgresRow, _ owner: TaskOwner) throws -> UserConnection {
        UserConnection(
            owner: owner,
            state: try row.value("state", as: ConnectionState.self),
            version: try row.decode("version", as: Int64.self),
            grantID: try row.decode("grant_id", as: UUID?.self),
            accountID: try row.decode("account_id", as: String?.self),
            coveredUntil: try row.decode("covered_until", as: Date?.self)
        )
    }
}
