import Domain
import FoundationEssentials
import Postgres

/// `task`: what each person's list holds, and at which version.
enum TaskTable {
    /// Writes what differs from what is stored and returns only that: ordinal, version, change.
    ///
    /// The prefilter join keeps an unchanged page from writing anything, not even a row lock; the
    /// conditions on conflict cover what slips in between. A task must not appear twice. A closed
    /// task that is not in the list is no change.
    static func upsert(_ tasks: [OwnedTask]) -> PostgresQuery {
        """
        WITH incoming AS (
            SELECT * FROM unnest(
                \(tasks.map(\.owner.companyID.rawValue)), \(tasks.map(\.owner.userID.rawValue)),
                \(tasks.map(\.owner.provider.rawValue)), \(tasks.map(\.task.externalID)),
                \(tasks.map(\.task.contentHash)), \(tasks.map(\.task.isClosed)),
                \(tasks.map(\.task.title)), \(tasks.map(\.task.status)),
                \(tasks.map(\.task.priority)), \(tasks.map(\.task.dueDate)),
                \(tasks.map(\.task.url)), \(tasks.map(\.task.relatedTo?.type)),
                \(tasks.map(\.task.relatedTo?.id)), \(tasks.map(\.task.relatedTo?.name)),
                \(tasks.map(\.task.contact?.type)), \(tasks.map(\.task.contact?.id)),
                \(tasks.map(\.task.contact?.name)), \(tasks.map(\.task.providerUpdatedAt))
            ) WITH ORDINALITY AS page (
                company_id, user_id, provider, external_id, content_hash, is_closed, title, status,
                priority, due_date, url, related_type, related_id, related_name, contact_type,
                contact_id, contact_name, provider_updated_at, ordinal)
        ), changed AS (
            SELECT incoming.*, task.version AS old_version, task.is_closed AS was_closed,
                task.removal_reason IS NOT NULL AS was_removed
            FROM incoming
            LEFT JOIN task USING (company_id, user_id, provider, external_id)
            WHERE CASE
                WHEN task.version IS NULL OR task.removal_reason IS NOT NULL
                    THEN NOT incoming.is_closed
                ELSE task.content_hash <> incoming.content_hash
                    AND task.provider_updated_at <= incoming.provider_updated_at
            END
        ), written AS (
            INSERT INTO task AS stored (
                company_id, user_id, provider, external_id, version, content_hash, is_closed, title,
                status, priority, due_date, url, related_type, related_id, related_name,
                contact_type, contact_id, contact_name, provider_updated_at)
            SELECT company_id, user_id, provider, external_id, 1, content_hash, is_closed, title,
                status, priority, due_date, url, related_type, related_id, related_name,
                contact_type, contact_id, contact_name, provider_updated_at
            FROM changed
            ORDER BY company_id, user_id, provider, external_id
            ON CONFLICT (company_id, user_id, provider, external_id) DO UPDATE SET
                version = stored.version + 1, content_hash = excluded.content_hash,
                is_closed = excluded.is_closed, removal_reason = NULL, title = excluded.title,
                status = excluded.status, priority = excluded.priority,
                due_date = excluded.due_date, url = excluded.url,
                related_type = excluded.related_type, related_id = excluded.related_id,
                related_name = excluded.related_name, contact_type = excluded.contact_type,
                contact_id = excluded.contact_id, contact_name = excluded.contact_name,
                provider_updated_at = excluded.provider_updated_at
            WHERE stored.removal_reason IS NOT NULL
                OR stored.content_hash <> excluded.content_hash
            RETURNING company_id, user_id, provider, external_id, version
        )
        SELECT changed.ordinal, written.version, CASE
            WHEN changed.old_version IS NULL OR changed.was_removed THEN 'created'
            WHEN changed.is_closed AND NOT changed.was_closed THEN 'completed'
            WHEN changed.was_closed AND NOT changed.is_closed THEN 'reopened'
            ELSE 'updated'
        END AS change
        FROM written JOIN changed USING (company_id, user_id, provider, external_id)
        ORDER BY changed.ordinal
        """
    }

    /// Takes tasks out of lists; the rows stay, so that versions go on if a task comes back.
    static func remove(_ removals: [OwnedRemoval]) -> PostgresQuery {
        """
        UPDATE task SET removal_reason = gone.reason, version = task.version + 1
        FROM unnest(
            \(removals.map(\.owner.companyID.rawValue)), \(removals.map(\.owner.userID.rawValue)),
            \(removals.map(\.owner.provider.rawValue)), \(removals.map(\.externalID)),
            \(removals.map(\.reason.rawValue))
        ) WITH ORDINALITY AS gone (company_id, user_id, provider, external_id, reason, ordinal)
        WHERE task.company_id = gone.company_id AND task.user_id = gone.user_id
            AND task.provider = gone.provider AND task.external_id = gone.external_id
            AND task.removal_reason IS NULL
        RETURNING gone.ordinal, task.version, task.external_id, task.is_closed, task.title,
            task.status, task.priority, task.due_date, task.url, task.related_type,
            task.related_id, task.related_name, task.contact_type, task.contact_id,
            task.contact_name, task.provider_updated_at
        """
    }

    /// Forgets what removed tasks were about; their rows stay, so that versions go on.
    static func blank(_ removals: [OwnedRemoval]) -> PostgresQuery {
        """
        UPDATE task SET title = '', status = '', priority = NULL, due_date = NULL, url = '',
            related_type = NULL, related_id = NULL, related_name = NULL, contact_type = NULL,
            contact_id = NULL, contact_name = NULL, content_hash = ''
        FROM unnest(
            \(removals.map(\.owner.companyID.rawValue)), \(removals.map(\.owner.userID.rawValue)),
            \(removals.map(\.owner.provider.rawValue)), \(removals.map(\.externalID))
        ) AS gone (company_id, user_id, provider, external_id)
        WHERE task.company_id = gone.company_id AND task.user_id = gone.user_id
            AND task.provider = gone.provider AND task.external_id = gone.external_id
            AND task.removal_reason IS NOT NULL
        """
    }

    /// Tasks of an owner of which more is kept than that they were there, a bounded number.
    static func toErase(of owner: TaskOwner, limit: Int64) -> PostgresQuery {
        """
        SELECT external_id FROM task
        WHERE company_id = \(owner.companyID.rawValue) AND user_id = \(owner.userID.rawValue)
            AND provider = \(owner.provider.rawValue)
            AND (removal_reason IS NULL OR content_hash <> '')
        ORDER BY external_id LIMIT \(limit)
        """
    }

    /// Every task of an owner that is in the list, closed or not.
    static func listed(of owner: TaskOwner) -> PostgresQuery {
        """
        SELECT external_id, is_closed FROM task
        WHERE company_id = \(owner.companyID.rawValue) AND user_id = \(owner.userID.rawValue)
            AND provider = \(owner.provider.rawValue) AND removal_reason IS NULL
        """
    }

    static func task(_ row: PostgresRow) throws -> ProviderTask {
        ProviderTask(
            externalID: try row.decode("external_id", as: String.self),
            title: try row.decode("title", as: String.self),
            status: try row.decode("status", as: String.self),
            priority: try row.decode("priority", as: String?.self),
            dueDate: try row.decode("due_date", as: String?.self),
            isClosed: try row.decode("is_closed", as: Bool.self),
            url: try row.decode("url", as: String.self),
            relatedTo: try related(row, "related"),
            contact: try related(row, "contact"),
            providerUpdatedAt: try row.decode("provider_updated_at", as: Date.self)
        )
    }

    private static func related(_ row: PostgresRow, _ prefix: String) throws -> RelatedRecord? {
        guard let type = try row.decode("\(prefix)_type", as: String?.self),
            let id = try row.decode("\(prefix)_id", as: String?.self),
            let name = try row.decode("\(prefix)_name", as: String?.self)
        else { return nil }
        return RelatedRecord(type: type, id: id, name: name)
    }
}

/// A task in somebody's list.
struct OwnedTask: Sendable {
    var owner: TaskOwner
    var task: ProviderTask
}

/// A task that leaves somebody's list.
struct OwnedRemoval: Sendable {
    var owner: TaskOwner
    var externalID: String
    var reason: RemovalReason
}
