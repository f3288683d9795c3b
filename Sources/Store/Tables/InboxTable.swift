import Domain
import FoundationEssentials
import Postgres

/// `inbox`: which requests have been taken, and which are done.
enum InboxTable {
    /// Takes requests, or takes over those that an earlier owner of the partition did not finish.
    ///
    /// One statement for all: a row comes back for each request, and says whether it is now the caller's
    /// and whether others of its key wait in the database; none comes back under a lease that was lost.
    /// A request that ended as a dead letter is taken once for each replay of it. Identities must be
    /// unique within `claims`, or the statement fails.
    static func claim(_ claims: [InboxClaim]) -> PostgresQuery {
        """
        WITH wanted AS (
            SELECT * FROM unnest(
                \(claims.map(\.identity.companyID)), \(claims.map(\.identity.source)),
                \(claims.map(\.identity.id)), \(claims.map(\.lease.partition.topic)),
                \(claims.map(\.lease.partition.partition)), \(claims.map(\.offset)),
                \(claims.map(\.lease.epoch)), \(claims.map(\.orderingKey)),
                \(claims.map(\.replay))
            ) AS wanted (company_id, source, id, topic, partition, record_offset, epoch,
                ordering_key, replay)
        ), held AS MATERIALIZED (
            SELECT topic, partition, epoch FROM partition_lease AS lease
            WHERE (topic, partition, epoch) IN (SELECT topic, partition, epoch FROM wanted)
            ORDER BY topic, partition
            FOR SHARE OF lease
        ), taken AS (
            INSERT INTO inbox AS mine
                (company_id, source, id, topic, partition, record_offset, epoch, state, replay)
            SELECT company_id, source, id, topic, partition, record_offset, epoch, 'claimed', replay
            FROM wanted JOIN held USING (topic, partition, epoch)
            ORDER BY company_id, source, id
            ON CONFLICT (company_id, source, id) DO UPDATE
                SET epoch = excluded.epoch, claimed_at = now(), state = 'claimed', done_at = NULL,
                    topic = excluded.topic, partition = excluded.partition,
                    record_offset = excluded.record_offset, replay = excluded.replay,
                    claims = CASE
                        WHEN mine.state = 'dead' THEN 1
                        ELSE mine.claims + (mine.epoch < excluded.epoch)::integer
                    END,
                    attempt = CASE WHEN mine.state = 'dead' THEN 0 ELSE mine.attempt END
                WHERE (mine.state = 'claimed' AND mine.record IS NULL
                        AND mine.topic = excluded.topic AND mine.partition = excluded.partition
                        AND mine.record_offset = excluded.record_offset
                        AND mine.epoch <= excluded.epoch)
                    OR (mine.state = 'dead' AND mine.replay IS DISTINCT FROM excluded.replay
                        AND excluded.replay IS NOT NULL)
            RETURNING company_id, source, id
        )
        SELECT company_id, source, id, taken.id IS NOT NULL AS is_taken, EXISTS (
            SELECT FROM inbox AS parked
            WHERE parked.company_id = wanted.company_id
                AND parked.ordering_key = wanted.ordering_key AND parked.topic = wanted.topic
                AND parked.partition = wanted.partition AND parked.state = 'parked'
        ) AS is_behind
        FROM wanted JOIN held USING (topic, partition, epoch)
            LEFT JOIN taken USING (company_id, source, id)
        """
    }

    /// Ends requests; a row comes back for each that was the caller's to end.
    ///
    /// They are locked in the order of their keys, as everywhere.
    static func finish(_ claims: [(claim: InboxClaim, isDead: Bool)]) -> PostgresQuery {
        """
        WITH ended AS MATERIALIZED (
            SELECT inbox.company_id, inbox.source, inbox.id, ended.is_dead
            FROM inbox JOIN unnest(
                \(claims.map(\.claim.identity.companyID)), \(claims.map(\.claim.identity.source)),
                \(claims.map(\.claim.identity.id)), \(claims.map(\.claim.lease.epoch)),
                \(claims.map(\.isDead))
            ) AS ended (company_id, source, id, epoch, is_dead)
                USING (company_id, source, id, epoch)
            WHERE inbox.state = 'claimed'
            ORDER BY inbox.company_id, inbox.source, inbox.id
            FOR NO KEY UPDATE OF inbox
        )
        UPDATE inbox SET state = CASE WHEN ended.is_dead THEN 'dead' ELSE 'done' END,
            done_at = now(), record = NULL, key_id = NULL, record_timestamp = NULL, ordering_key = NULL,
            next_at = NULL, turn = NULL
        FROM ended
        WHERE inbox.company_id = ended.company_id AND inbox.source = ended.source
            AND inbox.id = ended.id
        RETURNING inbox.company_id, inbox.source, inbox.id
        """
    }

    /// Forgets requests that ended long ago, a bounded number at a time.
    static func expire(olderThanSeconds seconds: Int64, limit: Int64) -> PostgresQuery {
        """
        DELETE FROM inbox WHERE (company_id, source, id) IN (
            SELECT company_id, source, id FROM inbox
            WHERE state IN ('done', 'dead') AND done_at < now() - \(seconds) * interval '1 second'
            LIMIT \(limit) FOR UPDATE SKIP LOCKED
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
