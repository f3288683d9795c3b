import Postgres

/// `inbox`: which requests have been taken, and which are done.
enum InboxTable {
    /// Takes requests, or takes over those that an earlier owner of the partition did not finish.
    ///
    /// One statement for all: a row comes back for each request that is now the caller's. Identities
    /// must be unique within `claims`, or the statement fails.
    static func claim(_ claims: [InboxClaim]) -> PostgresQuery {
        """
        INSERT INTO inbox AS mine
            (company_id, source, id, topic, partition, record_offset, epoch, state)
        SELECT company_id, source, id, topic, partition, record_offset, epoch, 'claimed'
        FROM unnest(
            \(claims.map(\.identity.companyID)), \(claims.map(\.identity.source)),
            \(claims.map(\.identity.id)), \(claims.map(\.lease.partition.topic)),
            \(claims.map(\.lease.partition.partition)), \(claims.map(\.offset)),
            \(claims.map(\.lease.epoch))
        ) AS wanted (company_id, source, id, topic, partition, record_offset, epoch)
        ORDER BY company_id, source, id
        ON CONFLICT (company_id, source, id) DO UPDATE
            SET epoch = excluded.epoch, claimed_at = now()
            WHERE mine.state = 'claimed' AND mine.topic = excluded.topic
                AND mine.partition = excluded.partition
                AND mine.record_offset = excluded.record_offset
                AND mine.epoch <= excluded.epoch
        RETURNING company_id, source, id
        """
    }

    /// Ends requests; a row comes back for each that was the caller's to end.
    static func finish(_ claims: [InboxClaim]) -> PostgresQuery {
        """
        UPDATE inbox SET state = 'done', done_at = now()
        FROM unnest(
            \(claims.map(\.identity.companyID)), \(claims.map(\.identity.source)),
            \(claims.map(\.identity.id)), \(claims.map(\.lease.epoch))
        ) AS ended (company_id, source, id, epoch)
        WHERE inbox.company_id = ended.company_id AND inbox.source = ended.source
            AND inbox.id = ended.id AND inbox.epoch = ended.epoch AND inbox.state = 'claimed'
        RETURNING inbox.company_id, inbox.source, inbox.id
        """
    }

    /// Forgets requests that ended long ago, a bounded number at a time.
    static func expire(olderThanSeconds seconds: Int64, limit: Int64) -> PostgresQuery {
        """
        DELETE FROM inbox WHERE (company_id, source, id) IN (
            SELECT company_id, source, id FROM inbox
            WHERE state = 'done' AND done_at < now() - \(seconds) * interval '1 second'
            LIMIT \(limit)
        )
        """
    }

    static func identity(_ row: PostgresRow) throws -> RequestIdentity {
        RequestIdentity(
            companyID: try row.decode("company_id", as: String.self),
            source: try row.decode("source", as: String.self),
            id: try row.decode("id", as: String.self)
        )
    }
}
