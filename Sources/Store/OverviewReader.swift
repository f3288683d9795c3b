import Domain
import FoundationEssentials
import Postgres

/// Asks and reads the answers, within one transaction.
struct OverviewReader: Sendable {
    let transaction: PostgresTransaction

    func first(_ query: PostgresQuery) async throws -> PostgresRow? {
        try await transaction.query(query).first
    }

    func now() async throws -> Date {
        guard let row = try await first(OverviewTable.now) else { return Date() }
        return try row.decode("now")
    }

    /// Counts by state; every state of the machine is there.
    func states<State: StateMachine>(
        _ table: OverviewTable.States,
        _ machine: State.Type,
        _ provider: ProviderID,
        _ companyID: CompanyID?
    ) async throws -> [String: RowCount] {
        let counts = try await counts(OverviewTable.states(of: table, provider, companyID))
        let isComplete = counts.values.first?.isComplete ?? true
        let none = State.allCases.map { ($0.rawValue, RowCount(0, isComplete: isComplete)) }
        return counts.merging(none) { counted, _ in counted }
    }

    /// Counts by whatever the column `state` says.
    func counts(_ query: PostgresQuery) async throws -> [String: RowCount] {
        var counts: [String: RowCount] = [:]
        for row in try await transaction.query(query) {
            counts[try row.decode("state", as: String.self)] = try row.count("rows")
        }
        return counts
    }

    func waiting(_ query: PostgresQuery) async throws -> WaitingRows {
        try await first(query).map { try $0.waiting() } ?? WaitingRows(rows: RowCount())
    }

    func parked(_ companyID: CompanyID?) async throws -> [ParkedPartition] {
        let query = companyID.map(OverviewTable.parked(of:)) ?? OverviewTable.parked
        return try await transaction.query(query).map { row in
            ParkedPartition(
                topic: try row.decode("topic"),
                partition: try row.decode("partition"),
                waiting: try row.waiting()
            )
        }
    }

    func leases() async throws -> [LeaseHolding] {
        try await transaction.query(OverviewTable.leases).map { row in
            LeaseHolding(
                owner: try row.decode("owner"),
                topic: try row.decode("topic"),
                partitions: try row.decode("partitions"),
                since: try row.decode("since")
            )
        }
    }

    func imports(_ query: PostgresQuery) async throws -> RunningImports {
        let rows = try await transaction.query(query)
        guard let first = rows.first else { return RunningImports() }
        return RunningImports(
            rows: try first.count("rows"),
            oldest: try rows.map { row in
                RunningImport(
                    companyID: try row.decode("company_id"),
                    userID: try row.decode("user_id"),
                    tasks: try row.decode("tasks"),
                    startedAt: try row.decode("started_at")
                )
            }
        )
    }

    func runningImport(of owner: TaskOwner) async throws -> RunningImport? {
        try await imports(
            OverviewTable.imports(owner.provider, owner.companyID, of: owner.userID, limit: 1)
        ).oldest.first
    }

    func parkedRequests(_ query: PostgresQuery) async throws -> ParkedRequests {
        guard let row = try await first(query) else {
            return ParkedRequests(waiting: WaitingRows(rows: RowCount()))
        }
        return ParkedRequests(
            waiting: try row.waiting(),
            nextAt: try row.decode("next_at", as: Date?.self),
            attempts: try row.decode("attempt", as: Int?.self),
            lastError: try row.decode("last_error", as: String?.self)
        )
    }

    func tasks(of owner: TaskOwner) async throws -> (open: RowCount, closed: RowCount) {
        guard let row = try await first(OverviewTable.tasks(of: owner)) else {
            return (RowCount(), RowCount())
        }
        return (try row.count("open"), try row.count("closed"))
    }

    func task(_ externalID: String?, of owner: TaskOwner) async throws -> TaskOverview? {
        guard let externalID,
            let row = try await first(OverviewTable.task(externalID, of: owner))
        else { return nil }
        return TaskOverview(
            externalID: try row.decode("external_id"),
            version: try row.decode("version"),
            isClosed: try row.decode("is_closed"),
            removalReason: try row.decode("removal_reason", as: String?.self)
                .flatMap(RemovalReason.init),
            providerUpdatedAt: try row.decode("provider_updated_at")
        )
    }

    func otherOwner(of externalID: String?, than owner: TaskOwner) async throws -> String? {
        guard let externalID else { return nil }
        return try await first(OverviewTable.otherOwner(of: externalID, than: owner))?
            .decode("user_id")
    }
}

extension GrantOverview {
    /// `nil` where a row has no grant.
    init?(_ row: PostgresRow) throws {
        guard try row.decode("grant_state", as: String?.self) != nil else { return nil }
        self.init(
            state: try row.value("grant_state", as: GrantState.self),
            username: try row.decode("username"),
            accountID: try row.decode("account_id"),
            organizationID: try row.decode("grant_organization_id"),
            lostReason: try row.decode("lost_reason", as: String?.self),
            refreshedAt: try row.decode("refreshed_at")
        )
    }
}

extension PostgresRow {
    fileprivate func count(_ column: String) throws -> RowCount {
        RowCount(try decode(column), isComplete: try decode("is_complete"))
    }

    fileprivate func waiting() throws -> WaitingRows {
        WaitingRows(rows: try count("rows"), oldest: try decode("oldest", as: Date?.self))
    }
}
