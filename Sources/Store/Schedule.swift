public import Domain
public import FoundationEssentials
import Postgres

extension Store {
    /// The outbox rows of what the schedule itself decides; no record caused them.
    public static let schedule = RequestPartition(topic: "schedule", partition: 0)

    /// Takes the connections that are due and decides on a sync request for each.
    ///
    /// Any replica may call it at any time: a locked row is somebody else's.
    public func scheduleSyncs(
        every interval: Duration,
        reconcilingEvery reconciliation: Duration = .seconds(86_400),
        limit: Int,
        now: Date
    ) async throws -> OutboxEntry? {
        try await pool.withTransaction { transaction in
            let due = try await transaction.query(
                ConnectionTable.takeDue(
                    interval: Double(interval.components.seconds),
                    reconcileAfter: Double(reconciliation.components.seconds),
                    limit: Int64(limit)
                )
            )
            var records: [EventRecord] = []
            for row in due {
                // A fresh connection's first sync was requested when it was authorized.
                guard try !row.decode("fresh", as: Bool.self),
                    let companyID = CompanyID(
                        rawValue: try row.decode("company_id", as: String.self)
                    ),
                    let userID = UserID(rawValue: try row.decode("user_id", as: String.self)),
                    let provider = ProviderID(rawValue: try row.decode("provider", as: String.self))
                else { continue }
                let cause = Cause(id: UUID().uuidString.lowercased(), source: "schedule")
                var encoder = EventEncoder(cause: cause, time: now)
                records += encoder.records(
                    for: .syncRequest(
                        SyncRequest(
                            companyID: companyID,
                            provider: provider,
                            userID: userID,
                            mode: try row.decode("is_whole", as: Bool.self)
                                ? .full : .incremental,
                            reason: .schedule
                        )
                    )
                )
            }
            return try await insert(records, in: transaction)
        }
    }

    /// Ends attempts nobody came back from and decides on their outcomes.
    ///
    /// - Parameters:
    ///   - limit: how many at most.
    ///   - now: the time that events carry.
    ///   - words: what a person is told, by provider, scope and log-in URL.
    /// - Returns: what is to be published, if anything.
    /// - Throws: what the database answered; nothing has ended then.
    public func expireAttempts(
        limit: Int,
        now: Date,
        words: (ProviderID, Scope, String) -> Failure
    ) async throws -> OutboxEntry? {
        try await pool.withTransaction { transaction in
            var records: [EventRecord] = []
            for row in try await transaction.query(AttemptTable.expire(limit: Int64(limit))) {
                guard
                    let companyID = CompanyID(
                        rawValue: try row.decode("company_id", as: String.self)
                    ),
                    let provider = ProviderID(rawValue: try row.decode("provider", as: String.self))
                else { continue }
                let scope = try row.value("scope", as: Scope.self)
                let failure = words(
                    provider,
                    scope,
                    try row.decode("login_url", as: String.self)
                )
                let cause = Cause(
                    id: try row.decode("cause_id", as: String.self),
                    source: try row.decode("cause_source", as: String.self)
                )
                // The request's first event was the authorization URL.
                var encoder = EventEncoder(cause: cause, time: now, ordinal: 1)
                let actor = UserID(rawValue: try row.decode("actor", as: String.self))
                records += encoder.records(
                    for: .outcome(
                        Outcome(
                            companyID: companyID,
                            provider: provider,
                            userID: scope == .user ? actor : nil,
                            .failed(scope, failure)
                        )
                    )
                )
            }
            return try await insert(records, in: transaction)
        }
    }

    /// Tells whoever used a grant that it is lost, where no request brought that to light.
    public func loseGrant(
        _ grant: Grant,
        _ failure: Failure,
        now: Date
    ) async throws -> OutboxEntry? {
        try await pool.withTransaction { transaction in
            let loss = GrantLoss(
                companyID: grant.companyID,
                grantID: grant.id,
                failure: failure
            )
            let events = try await loss.spread(in: transaction)
            let cause = Cause(
                id: "\(grant.id.uuidString.lowercased())/\(grant.generation)",
                source: "keep-alive"
            )
            var encoder = EventEncoder(cause: cause, time: now)
            return try await insert(events.flatMap { encoder.records(for: $0) }, in: transaction)
        }
    }

    private func insert(
        _ records: [EventRecord],
        in transaction: PostgresTransaction
    ) async throws -> OutboxEntry? {
        guard !records.isEmpty else { return nil }
        let rows = try await transaction.query(
            OutboxTable.insert([("", Self.schedule, OutboxCodec.encode(records))])
        )
        guard let row = rows.first else { return nil }
        return OutboxEntry(
            reference: OutboxReference(
                partition: Self.schedule,
                companyID: "",
                id: try row.decode("id", as: Int64.self)
            ),
            records: records
        )
    }
}
