import Postgres

/// `outbox`: records that are decided on and not yet known to be delivered.
enum OutboxTable {
    /// Adds rows; the returned ids ascend in the order given.
    static func insert(_ rows: [(companyID: String, partition: RequestPartition, records: [UInt8])])
        -> PostgresQuery
    {
        """
        INSERT INTO outbox (company_id, topic, partition, records)
        SELECT company_id, topic, partition, records
        FROM unnest(
            \(rows.map(\.companyID)), \(rows.map(\.partition.topic)),
            \(rows.map(\.partition.partition)), \(rows.map(\.records))
        ) WITH ORDINALITY AS decided (company_id, topic, partition, records, ordinal)
        ORDER BY ordinal
        RETURNING id
        """
    }

    static func delete(_ rows: [OutboxReference]) -> PostgresQuery {
        """
        DELETE FROM outbox USING unnest(
            \(rows.map(\.partition.topic)), \(rows.map(\.partition.partition)), \(rows.map(\.id)),
            \(rows.map(\.companyID))
        ) AS delivered (topic, partition, id, company_id)
        WHERE outbox.topic = delivered.topic AND outbox.partition = delivered.partition
            AND outbox.id = delivered.id AND outbox.company_id = delivered.company_id
        """
    }

    /// What earlier owners of a partition left behind, in order.
    static func leftOver(
        in partition: RequestPartition,
        olderThanSeconds seconds: Int64,
        after id: Int64,
        limit: Int64
    ) -> PostgresQuery {
        """
        SELECT company_id, id, records FROM outbox
        WHERE topic = \(partition.topic) AND partition = \(partition.partition) AND id > \(id)
            AND created_at <= now() - \(seconds) * interval '1 second'
        ORDER BY id LIMIT \(limit)
        """
    }
}

/// An outbox row, by its key.
public struct OutboxReference: Hashable, Sendable {
    /// On behalf of which partition it was decided; its owner publishes it.
    public var partition: RequestPartition
    /// Empty for a row that belongs to no company.
    public var companyID: String
    /// Ascends in the order rows were decided on within a transaction.
    public var id: Int64
}
