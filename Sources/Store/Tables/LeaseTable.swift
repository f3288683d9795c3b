import Postgres

/// `partition_lease`: who owns a partition, by epoch.
enum LeaseTable {
    /// Takes partitions over from whoever had them, after completions that hold the old epoch.
    static func acquire(_ partitions: [RequestPartition], owner: String) -> PostgresQuery {
        """
        INSERT INTO partition_lease (topic, partition, epoch, owner)
        SELECT topic, partition, 1, \(owner)
        FROM unnest(\(partitions.map(\.topic)), \(partitions.map(\.partition)))
            AS wanted (topic, partition)
        ORDER BY topic, partition
        ON CONFLICT (topic, partition) DO UPDATE
            SET epoch = partition_lease.epoch + 1, owner = excluded.owner, acquired_at = now()
        RETURNING topic, partition, epoch
        """
    }

    /// The leases that still hold; they cannot be taken over before the transaction ends.
    static func hold(_ leases: [Lease]) -> PostgresQuery {
        """
        SELECT lease.topic, lease.partition, lease.epoch
        FROM partition_lease AS lease
        JOIN unnest(
            \(leases.map(\.partition.topic)), \(leases.map(\.partition.partition)),
            \(leases.map(\.epoch))
        ) AS held (topic, partition, epoch) USING (topic, partition, epoch)
        ORDER BY lease.topic, lease.partition
        FOR SHARE OF lease
        """
    }

    static func lease(_ row: PostgresRow) throws -> Lease {
        Lease(
            partition: RequestPartition(
                topic: try row.decode("topic", as: String.self),
                partition: try row.decode("partition", as: Int32.self)
            ),
            epoch: try row.decode("epoch", as: Int64.self)
        )
    }
}
