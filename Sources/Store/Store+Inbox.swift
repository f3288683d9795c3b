import Domain
import Postgres

extension Store {
    /// In seconds: a key for it may be on its way, or an operator.
    private static let unreadablePause: Int64 = 60

    /// Takes requests for whoever holds their leases.
    public func claim(_ claims: [InboxClaim]) async throws -> ClaimedRequests {
        var unique: [RequestIdentity: InboxClaim] = [:]
        for claim in claims where unique[claim.identity] == nil { unique[claim.identity] = claim }
        var claimed = ClaimedRequests()
        guard !unique.isEmpty else { return claimed }
        for row in try await pool.query(InboxTable.claim(Array(unique.values))) {
            let identity = try InboxTable.identity(row)
            guard try row.decode("is_taken", as: Bool.self) else {
                claimed.others.insert(identity)
                continue
            }
            claimed.taken.insert(identity)
            if try row.decode("is_behind", as: Bool.self) { claimed.behind.insert(identity) }
        }
        return claimed
    }

    /// Puts requests into the database; those that are not the caller's any more are left alone.
    ///
    /// - Parameter parkings: what to put there; nothing happens twice to a request.
    /// - Returns: those that are there now.
    /// - Throws: what the database says.
    public func park(_ parkings: [Parking]) async throws -> Set<RequestIdentity> {
        guard !parkings.isEmpty else { return [] }
        return Set(
            try await pool.query(InboxTable.park(parkings, cipher: cipher))
                .map(InboxTable.identity)
        )
    }

    /// Gives requests back that were taken and never begun.
    public func release(_ claims: [InboxClaim]) async throws {
        guard !claims.isEmpty else { return }
        _ = try await pool.query(InboxTable.release(claims))
    }

    /// Takes requests that wait in the database and may run, in order of their offsets.
    ///
    /// - Parameters:
    ///   - leases: under which leases; one that was lost brings nothing.
    ///   - waiting: how many keys at most of those that waited for room, per partition.
    ///   - due: how many keys at most of those that waited for a time, per partition.
    /// - Returns: the caller's requests now; of each key the first few, without a gap.
    /// - Throws: what the database says.
    public func load(
        _ leases: [Lease],
        waiting: Int,
        due: Int
    ) async throws -> [ParkedRequest] {
        guard !leases.isEmpty else { return [] }
        return try await readable(
            try await pool.query(
                InboxTable.load(leases, waiting: Int64(waiting), due: Int64(due))
            )
        )
    }

    /// Requests the database keeps that are being worked off under these leases, in order of offsets.
    public func kept(_ leases: [Lease]) async throws -> [ParkedRequest] {
        guard !leases.isEmpty else { return [] }
        return try await readable(try await pool.query(InboxTable.kept(leases)))
    }

    /// What can be read; a key of which one cannot be is put off for a while, so that nobody else waits
    /// for it and nothing of it is out of order.
    private func readable(_ rows: PostgresRows) async throws -> [ParkedRequest] {
        var (requests, unreadable) = ([ParkedRequest](), Set<String>())
        var claims: [InboxClaim] = []
        for row in rows {
            let claim = try InboxTable.claim(ofParked: row)
            claims.append(claim)
            do {
                requests.append(try InboxTable.parked(row, claim, cipher: cipher))
            } catch is StoreError {
                unreadable.insert(claim.orderingKey)
            }
        }
        guard !unreadable.isEmpty else { return requests }
        _ = try await pool.query(
            InboxTable.putOff(
                claims.filter { unreadable.contains($0.orderingKey) },
                seconds: Self.unreadablePause
            )
        )
        return requests.filter { !unreadable.contains($0.claim.orderingKey) }
    }

    /// How many requests wait in the database, by partition.
    public func backlog(
        of partitions: [RequestPartition]
    ) async throws -> [RequestPartition: Int] {
        guard !partitions.isEmpty else { return [:] }
        var backlog: [RequestPartition: Int] = [:]
        for row in try await pool.query(InboxTable.backlog(partitions)) {
            let partition = RequestPartition(
                topic: try row.decode("topic", as: String.self),
                partition: try row.decode("partition", as: Int32.self)
            )
            backlog[partition] = try row.decode("parked", as: Int.self)
        }
        return backlog
    }

    /// Forgets requests that ended longer ago than `age`; returns how many.
    public func expireInbox(olderThan age: Duration, limit: Int) async throws -> Int {
        try await pool.query(
            InboxTable.expire(olderThanSeconds: age.components.seconds, limit: Int64(limit))
        ).affectedRows
    }
}
