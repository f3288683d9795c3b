import FoundationEssentials
import Postgres

/// Requests that wait in the database.
///
/// Rows are locked in the order of their keys, so that two statements never wait for each other. Two rules keep a key's requests in order, whoever works them off: where one of a key is parked, all
/// before it are parked or kept too; and a load takes a key's requests from the first one on.
extension InboxTable {
    /// Puts requests into the database; a row comes back for each that was the caller's.
    ///
    /// Nothing under a lease that was lost. A company's requests get turns one after the other, beginning where the
    /// partition's next turn is: so a short queue is never behind a long one (start-time fair queueing,
    /// Goyal, Vin and Cheng 1996). A request behind others of its key waits as long as they do.
    static func park(_ parkings: [Parking], cipher: TokenCipher) throws -> PostgresQuery {
        let records = try parkings.map { try SealedRecord($0, cipher) }
        return """
            WITH parking AS MATERIALIZED (
                SELECT *, row_number() OVER (
                    PARTITION BY topic, partition, company_id ORDER BY record_offset) AS place, (
                    SELECT before.next_at FROM inbox AS before
                    WHERE before.company_id = parking.company_id
                        AND before.ordering_key = parking.ordering_key
                        AND before.topic = parking.topic AND before.partition = parking.partition
                        AND before.state = 'parked'
                    ORDER BY before.record_offset DESC LIMIT 1
                ) AS key_next_at
                FROM unnest(
                    \(parkings.map(\.claim.identity.companyID)), \(parkings.map(\.claim.identity.source)),
                    \(parkings.map(\.claim.identity.id)), \(parkings.map(\.claim.lease.partition.topic)),
                    \(parkings.map(\.claim.lease.partition.partition)), \(parkings.map(\.claim.offset)),
                    \(parkings.map(\.claim.lease.epoch)), \(parkings.map(\.claim.orderingKey)),
                    \(parkings.map(\.until.isHeld)), \(parkings.map(\.until.seconds)),
                    \(parkings.map(\.attempt)), \(parkings.map(\.lastError)),
                    \(records.map(\.bytes)), \(records.map(\.keyID)),
                    \(parkings.map(\.record.timestamp))
                ) AS parking (company_id, source, id, topic, partition, record_offset, epoch,
                    ordering_key, is_held, seconds, attempt, last_error, record, key_id,
                    record_timestamp)
            ), held AS (
                SELECT topic, partition, epoch FROM partition_lease AS lease
                WHERE (topic, partition, epoch) IN (SELECT topic, partition, epoch FROM parking)
                ORDER BY topic, partition
                FOR SHARE OF lease
            ), last_turn AS MATERIALIZED (
                SELECT company_id, topic, partition, coalesce(
                    (SELECT max(turn) FROM inbox AS parked
                        WHERE parked.company_id = queue.company_id AND parked.topic = queue.topic
                            AND parked.partition = queue.partition AND parked.state = 'parked'),
                    (SELECT min(turn) - 1 FROM inbox AS parked
                        WHERE parked.topic = queue.topic AND parked.partition = queue.partition
                            AND parked.next_at = '-infinity' AND parked.state = 'parked'),
                    0) AS turn
                FROM (SELECT DISTINCT company_id, topic, partition FROM parking) AS queue
            ), locked AS MATERIALIZED (
                SELECT parking.*, last_turn.turn + parking.place AS turn
                FROM parking JOIN held USING (topic, partition, epoch)
                    JOIN last_turn USING (company_id, topic, partition)
                    JOIN inbox USING (company_id, source, id, epoch)
                WHERE inbox.state = 'claimed'
                ORDER BY inbox.company_id, inbox.source, inbox.id
                FOR NO KEY UPDATE OF inbox
            )
            UPDATE inbox SET state = CASE WHEN parking.is_held THEN 'claimed' ELSE 'parked' END,
                ordering_key = parking.ordering_key, record = parking.record, key_id = parking.key_id,
                record_timestamp = parking.record_timestamp, attempt = parking.attempt,
                last_error = coalesce(parking.last_error, inbox.last_error), turn = parking.turn,
                next_at = CASE
                    WHEN parking.seconds IS NOT NULL
                        THEN now() + parking.seconds * interval '1 second'
                    ELSE coalesce(parking.key_next_at, '-infinity')
                END
            FROM locked AS parking
            WHERE inbox.company_id = parking.company_id AND inbox.source = parking.source
                AND inbox.id = parking.id
            RETURNING inbox.company_id, inbox.source, inbox.id
            """
    }

    /// Those of the requests that are the caller's to work off.
    static func stillClaimed(_ claims: [InboxClaim]) -> PostgresQuery {
        """
        SELECT company_id, source, id FROM inbox JOIN unnest(
            \(claims.map(\.identity.companyID)), \(claims.map(\.identity.source)),
            \(claims.map(\.identity.id)), \(claims.map(\.lease.epoch))
        ) AS asked (company_id, source, id, epoch) USING (company_id, source, id, epoch)
        WHERE inbox.state = 'claimed'
        """
    }

    /// Lets what waits behind requests of its key wait as long as they do.
    static func postpone(_ parkings: [Parking]) -> PostgresQuery {
        """
        UPDATE inbox SET next_at = now() + behind.seconds * interval '1 second'
        FROM (
            SELECT parked.company_id, parked.source, parked.id, first.seconds
            FROM inbox AS parked JOIN unnest(
                \(parkings.map(\.claim.identity.companyID)), \(parkings.map(\.claim.orderingKey)),
                \(parkings.map(\.claim.lease.partition.topic)),
                \(parkings.map(\.claim.lease.partition.partition)),
                \(parkings.map { $0.until.seconds ?? 0 })
            ) AS first (company_id, ordering_key, topic, partition, seconds)
                USING (company_id, ordering_key, topic, partition)
            WHERE parked.state = 'parked'
                AND parked.next_at < now() + first.seconds * interval '1 second'
            ORDER BY parked.company_id, parked.source, parked.id
            FOR NO KEY UPDATE OF parked
        ) AS behind
        WHERE inbox.company_id = behind.company_id AND inbox.source = behind.source
            AND inbox.id = behind.id AND inbox.state || '' = 'parked'
        """
    }

    /// Takes what may run: attempts that are due, then what waits for room, companies in turns.
    ///
    /// At most so many keys of each kind and partition, and of each key the first few requests. The rows
    /// are found again by their key: a condition on the state as it is in an index would let the planner
    /// scan that index, which by its statistics is nearly empty, once for each of them.
    static func load(_ leases: [Lease], waiting: Int64, due: Int64) -> PostgresQuery {
        """
        WITH owned AS (
            SELECT lease.topic, lease.partition, lease.epoch FROM partition_lease AS lease
            JOIN unnest(
                \(leases.map(\.partition.topic)), \(leases.map(\.partition.partition)),
                \(leases.map(\.epoch))
            ) AS owned (topic, partition, epoch) USING (topic, partition, epoch)
            ORDER BY lease.topic, lease.partition
            FOR SHARE OF lease
        ), candidate AS MATERIALIZED (
            SELECT DISTINCT owned.topic, owned.partition, owned.epoch, head.company_id,
                head.ordering_key
            FROM owned CROSS JOIN LATERAL (
                (SELECT company_id, ordering_key FROM inbox
                WHERE inbox.topic = owned.topic AND inbox.partition = owned.partition
                    AND state = 'parked' AND next_at > '-infinity' AND next_at <= now()
                ORDER BY next_at LIMIT \(due))
                UNION ALL
                (SELECT company_id, ordering_key FROM inbox
                WHERE inbox.topic = owned.topic AND inbox.partition = owned.partition
                    AND state = 'parked' AND next_at = '-infinity'
                ORDER BY turn LIMIT \(waiting))
            ) AS head
        ), chosen AS MATERIALIZED (
            SELECT queued.*, candidate.epoch AS new_epoch
            FROM candidate CROSS JOIN LATERAL (
                SELECT first.*, bool_and(first.next_at <= now())
                    OVER (ORDER BY first.record_offset) AS is_due
                FROM (
                    SELECT company_id, source, id, record_offset, next_at FROM inbox
                    WHERE inbox.company_id = candidate.company_id
                        AND inbox.ordering_key = candidate.ordering_key
                        AND inbox.topic = candidate.topic
                        AND inbox.partition = candidate.partition AND state = 'parked'
                    ORDER BY record_offset LIMIT 4
                ) AS first
            ) AS queued
            WHERE queued.is_due
        ), locked AS MATERIALIZED (
            SELECT company_id, source, id, new_epoch
            FROM inbox JOIN chosen USING (company_id, source, id)
            ORDER BY company_id, source, id
            FOR NO KEY UPDATE OF inbox
        ), loaded AS (
            UPDATE inbox SET state = 'claimed', epoch = chosen.new_epoch
            FROM locked AS chosen
            WHERE inbox.company_id = chosen.company_id AND inbox.source = chosen.source
                AND inbox.id = chosen.id AND inbox.state || '' = 'parked'
            RETURNING inbox.company_id, inbox.source, inbox.id, inbox.topic, inbox.partition,
                inbox.record_offset, inbox.epoch, inbox.ordering_key, inbox.replay, inbox.attempt,
                inbox.turn, inbox.next_at, inbox.record, inbox.key_id, inbox.record_timestamp
        )
        SELECT * FROM loaded ORDER BY topic, partition, record_offset
        """
    }

    /// Gives back requests that were never begun, so that whoever has them next has them anew; those
    /// that the database has no record of are Kafka's to bring again.
    static func release(_ claims: [InboxClaim]) -> PostgresQuery {
        """
        WITH released AS (
            SELECT inbox.company_id, inbox.source, inbox.id, inbox.record IS NOT NULL AS is_stored
            FROM inbox JOIN unnest(
                \(claims.map(\.identity.companyID)), \(claims.map(\.identity.source)),
                \(claims.map(\.identity.id)), \(claims.map(\.lease.epoch))
            ) AS released (company_id, source, id, epoch) USING (company_id, source, id, epoch)
            WHERE inbox.state = 'claimed'
            ORDER BY inbox.company_id, inbox.source, inbox.id
            FOR UPDATE OF inbox
        ), returned AS (
            UPDATE inbox SET state = 'parked' FROM released
            WHERE released.is_stored AND inbox.company_id = released.company_id
                AND inbox.source = released.source AND inbox.id = released.id
        )
        DELETE FROM inbox USING released
        WHERE NOT released.is_stored AND inbox.company_id = released.company_id
            AND inbox.source = released.source AND inbox.id = released.id
        """
    }

    /// Puts keys off of which a request's record cannot be read at present.
    static func putOff(_ claims: [InboxClaim], seconds: Int64) -> PostgresQuery {
        """
        UPDATE inbox SET state = 'parked', next_at = now() + \(seconds) * interval '1 second'
        FROM (
            SELECT inbox.company_id, inbox.source, inbox.id FROM inbox JOIN unnest(
                \(claims.map(\.identity.companyID)), \(claims.map(\.identity.source)),
                \(claims.map(\.identity.id)), \(claims.map(\.lease.epoch))
            ) AS unread (company_id, source, id, epoch) USING (company_id, source, id, epoch)
            WHERE inbox.state = 'claimed'
            ORDER BY inbox.company_id, inbox.source, inbox.id
            FOR NO KEY UPDATE OF inbox
        ) AS unread
        WHERE inbox.company_id = unread.company_id AND inbox.source = unread.source
            AND inbox.id = unread.id
        """
    }

    /// Parks what lost owners of partitions were working off and Kafka will not bring again.
    static func rescue(_ leases: [Lease]) -> PostgresQuery {
        """
        UPDATE inbox SET state = 'parked', next_at = now(), claims = inbox.claims + 1
        FROM unnest(
            \(leases.map(\.partition.topic)), \(leases.map(\.partition.partition)),
            \(leases.map(\.epoch))
        ) AS owned (topic, partition, epoch)
        WHERE inbox.topic = owned.topic AND inbox.partition = owned.partition
            AND inbox.epoch < owned.epoch AND inbox.state = 'claimed' AND inbox.record IS NOT NULL
        """
    }

    /// What is being worked off and has a record here.
    static func kept(_ leases: [Lease]) -> PostgresQuery {
        """
        SELECT company_id, source, id, topic, partition, record_offset, epoch, ordering_key, replay,
            attempt, record, key_id, record_timestamp
        FROM inbox JOIN unnest(
            \(leases.map(\.partition.topic)), \(leases.map(\.partition.partition)),
            \(leases.map(\.epoch))
        ) AS owned (topic, partition, epoch) USING (topic, partition, epoch)
        WHERE state = 'claimed' AND record IS NOT NULL
        ORDER BY topic, partition, record_offset
        """
    }

    /// How many requests wait in the database, by partition.
    static func backlog(_ partitions: [RequestPartition]) -> PostgresQuery {
        """
        SELECT owned.topic, owned.partition, (
            SELECT count(*) FROM inbox
            WHERE inbox.topic = owned.topic AND inbox.partition = owned.partition
                AND inbox.state = 'parked'
        ) AS parked
        FROM unnest(\(partitions.map(\.topic)), \(partitions.map(\.partition)))
            AS owned (topic, partition)
        """
    }

    static func claim(ofParked row: PostgresRow) throws -> InboxClaim {
        let partition = RequestPartition(
            topic: try row.decode("topic", as: String.self),
            partition: try row.decode("partition", as: Int32.self)
        )
        return InboxClaim(
            identity: try identity(row),
            lease: Lease(partition: partition, epoch: try row.decode("epoch", as: Int64.self)),
            offset: try row.decode("record_offset", as: Int64.self),
            orderingKey: try row.decode("ordering_key", as: String.self),
            replay: try row.decode("replay", as: String?.self)
        )
    }

    static func parked(
        _ row: PostgresRow,
        _ claim: InboxClaim,
        cipher: TokenCipher
    ) throws -> ParkedRequest {
        ParkedRequest(
            claim: claim,
            record: try StoredRecord(
                packed: try SealedRecord.open(row, claim.identity, cipher),
                timestamp: try row.decode("record_timestamp", as: Int64?.self)
            ),
            attempt: try row.decode("attempt", as: Int.self)
        )
    }
}

extension Parking.Until {
    var isHeld: Bool { self == .held }

    /// `nil` for what does not wait for a time.
    var seconds: Double? {
        guard case .after(let duration) = self else { return nil }
        let (seconds, attoseconds) = duration.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
