import Domain
import FoundationEssentials
import Postgres

/// `import_checkpoint`: where a long import stands.
enum CheckpointTable {
    /// The checkpoint of one request; another request's is of no use to it.
    static func select(_ owner: TaskOwner, _ identity: RequestIdentity) -> PostgresQuery {
        """
        SELECT cursor_timestamp, cursor_id, started_at, provider_time, provider_calls,
            event_ordinal, created, updated, completed, reopened, removed, unchanged
        FROM import_checkpoint
        WHERE company_id = \(owner.companyID.rawValue) AND user_id = \(owner.userID.rawValue)
            AND provider = \(owner.provider.rawValue) AND request_source = \(identity.source)
            AND request_id = \(identity.id)
        """
    }

    static func save(
        _ owner: TaskOwner,
        _ identity: RequestIdentity,
        after cursor: TaskCursor,
        _ progress: ImportProgress
    ) -> PostgresQuery {
        """
        INSERT INTO import_checkpoint (
            company_id, user_id, provider, request_source, request_id, cursor_timestamp, cursor_id,
            started_at, provider_time, provider_calls, event_ordinal, created, updated, completed,
            reopened, removed, unchanged)
        SELECT \(owner.companyID.rawValue), \(owner.userID.rawValue), \(owner.provider.rawValue),
            \(identity.source), \(identity.id), \(cursor.timestamp), \(cursor.id),
            \(progress.startedAt), \(progress.providerTime), \(progress.providerCalls),
            \(progress.eventOrdinal), \(progress.counts.created), \(progress.counts.updated),
            \(progress.counts.completed), \(progress.counts.reopened), \(progress.counts.removed),
            \(progress.counts.unchanged)
        ON CONFLICT (company_id, user_id, provider) DO UPDATE SET
            request_source = excluded.request_source, request_id = excluded.request_id,
            cursor_timestamp = excluded.cursor_timestamp, cursor_id = excluded.cursor_id,
            started_at = excluded.started_at, provider_time = excluded.provider_time,
            provider_calls = excluded.provider_calls, event_ordinal = excluded.event_ordinal,
            created = excluded.created, updated = excluded.updated,
            completed = excluded.completed, reopened = excluded.reopened,
            removed = excluded.removed, unchanged = excluded.unchanged
        """
    }

    /// The steps, by ordinal, whose checkpoint stands already: they were written, though nobody heard.
    static func reached(
        _ steps: [(owner: TaskOwner, identity: RequestIdentity, next: TaskCursor)]
    ) -> PostgresQuery {
        """
        SELECT step.ordinal
        FROM unnest(
            \(steps.map(\.owner.companyID.rawValue)), \(steps.map(\.owner.userID.rawValue)),
            \(steps.map(\.owner.provider.rawValue)), \(steps.map(\.identity.source)),
            \(steps.map(\.identity.id)), \(steps.map(\.next.timestamp)), \(steps.map(\.next.id))
        ) WITH ORDINALITY AS step (company_id, user_id, provider, request_source, request_id,
            cursor_timestamp, cursor_id, ordinal)
        JOIN import_checkpoint USING (company_id, user_id, provider, request_source, request_id,
            cursor_timestamp, cursor_id)
        """
    }

    static func delete(_ owners: [TaskOwner]) -> PostgresQuery {
        """
        DELETE FROM import_checkpoint AS stored
        USING unnest(
            \(owners.map(\.companyID.rawValue)), \(owners.map(\.userID.rawValue)),
            \(owners.map(\.provider.rawValue))
        ) AS ended (company_id, user_id, provider)
        WHERE stored.company_id = ended.company_id AND stored.user_id = ended.user_id
            AND stored.provider = ended.provider
        """
    }

    static func checkpoint(_ row: PostgresRow) throws -> ImportCheckpoint {
        ImportCheckpoint(
            cursor: TaskCursor(
                timestamp: try row.decode("cursor_timestamp", as: String.self),
                id: try row.decode("cursor_id", as: String.self)
            ),
            progress: ImportProgress(
                startedAt: try row.decode("started_at", as: Date.self),
                providerTime: try row.decode("provider_time", as: Date.self),
                providerCalls: try row.decode("provider_calls", as: Int.self),
                eventOrdinal: try row.decode("event_ordinal", as: Int.self),
                counts: try row.counts()
            )
        )
    }
}

extension PostgresRow {
    /// The six columns every count of tasks has.
    func counts() throws -> TaskCounts {
        var counts = TaskCounts()
        counts.created = try decode("created", as: Int.self)
        counts.updated = try decode("updated", as: Int.self)
        counts.completed = try decode("completed", as: Int.self)
        counts.reopened = try decode("reopened", as: Int.self)
        counts.removed = try decode("removed", as: Int.self)
        counts.unchanged = try decode("unchanged", as: Int.self)
        return counts
    }
}
