public import Domain
import FoundationEssentials
public import Postgres

/// What is to be seen of the database by whoever operates it.
///
/// It has no keys, so that it can decrypt nothing; it changes nothing, and what it answers is of one
/// moment. Every question reads a bounded number of rows, and says where that was not enough.
public struct Overview: Sendable {
    private let pool: PostgresPool

    /// How many running imports are named.
    private static let importLimit: Int64 = 10

    /// Makes an overview; the database must have been migrated.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// How the service stands.
    ///
    /// - Parameters:
    ///   - provider: whose integrations, people and grants are counted.
    ///   - companyID: of which company alone; `nil` for all.
    ///   - interval: how often a person is synced; overdue is who waits longer than that.
    /// - Returns: what there is.
    /// - Throws: what the database says.
    public func service(
        _ provider: ProviderID,
        of companyID: CompanyID? = nil,
        syncInterval interval: Duration
    ) async throws -> ServiceOverview {
        try await look { view in
            ServiceOverview(
                now: try await view.now(),
                companies: try await view.states(
                    .companies,
                    IntegrationState.self,
                    provider,
                    companyID
                ),
                connections: try await view.states(
                    .connections,
                    ConnectionState.self,
                    provider,
                    companyID
                ),
                grants: try await view.states(.grants, GrantState.self, provider, companyID),
                revocations: try await view.waiting(OverviewTable.revocations(provider, companyID)),
                attempts: try await view.counts(OverviewTable.openAttempts(provider, companyID)),
                requests: try await view.counts(OverviewTable.requests(companyID)),
                parked: try await view.parked(companyID),
                outbox: try await view.waiting(OverviewTable.outbox(companyID)),
                leases: companyID == nil ? try await view.leases() : [],
                overdue: try await view.waiting(
                    OverviewTable.overdue(
                        provider,
                        companyID,
                        bySeconds: interval.components.seconds
                    )
                ),
                imports: try await view.imports(
                    OverviewTable.imports(provider, companyID, limit: Self.importLimit)
                )
            )
        }
    }

    /// How a company's integration stands; `nil` where nobody there ever began one.
    public func company(
        _ companyID: CompanyID,
        _ provider: ProviderID
    ) async throws -> CompanyOverview? {
        try await look { view in
            let row = try await view.first(OverviewTable.company(companyID, provider))
            let attempts = try await view.counts(OverviewTable.openAttempts(provider, companyID))
            guard row != nil || !attempts.isEmpty else { return nil }
            return CompanyOverview(
                now: try await view.now(),
                state: try row?.value("state", as: IntegrationState.self) ?? .off,
                changedAt: try row?.decode("changed_at"),
                organizationID: try row?.decode("organization_id", as: String?.self),
                organizationName: try row?.decode("organization_name", as: String?.self),
                grant: try row.flatMap(GrantOverview.init),
                connections: try await view.states(
                    .connections,
                    ConnectionState.self,
                    provider,
                    companyID
                ),
                revocations: try await view.waiting(OverviewTable.revocations(provider, companyID)),
                attempts: attempts,
                parked: try await view.parkedRequests(OverviewTable.waiting(companyID))
            )
        }
    }

    /// How a person's connection stands, and one task of theirs; `nil` where they never began one.
    public func person(
        _ owner: TaskOwner,
        task externalID: String? = nil
    ) async throws -> PersonOverview? {
        try await look { view in
            let row = try await view.first(OverviewTable.person(owner))
            let attempts = try await view.counts(
                OverviewTable.openAttempts(owner.provider, owner.companyID, of: owner.userID)
            )
            guard row != nil || !attempts.isEmpty else { return nil }
            let companyState = try row?.decode("company_state", as: String?.self)
            let tasks = try await view.tasks(of: owner)
            return PersonOverview(
                now: try await view.now(),
                state: try row?.value("state", as: ConnectionState.self) ?? .disconnected,
                changedAt: try row?.decode("changed_at"),
                coveredUntil: try row?.decode("covered_until", as: Date?.self),
                nextSyncAt: try row?.decode("next_sync_at", as: Date?.self),
                companyState: companyState.flatMap(IntegrationState.init) ?? .off,
                organizationID: try row?.decode("organization_id", as: String?.self),
                grant: try row.flatMap(GrantOverview.init),
                runningImport: try await view.runningImport(of: owner),
                openTasks: tasks.open,
                closedTasks: tasks.closed,
                attempts: attempts,
                parked: try await view.parkedRequests(
                    OverviewTable.waiting(owner.companyID, key: owner.syncKey)
                ),
                task: try await view.task(externalID, of: owner),
                otherOwner: try await view.otherOwner(of: externalID, than: owner)
            )
        }
    }

    /// Looks at one moment; nothing can be written.
    private func look<Result: Sendable>(
        _ body: (OverviewReader) async throws -> Result
    ) async throws -> Result {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) {
            try await body(OverviewReader(transaction: $0))
        }
    }
}

extension TaskOwner {
    /// What this person's syncs are ordered by.
    fileprivate var syncKey: String {
        let request = SyncRequest(
            companyID: companyID,
            provider: provider,
            userID: userID,
            mode: .incremental,
            reason: .manual
        )
        return Request.sync(request).orderingKey
    }
}
