import Domain
import FoundationEssentials
import Postgres

extension CompletionWriter {
    mutating func apply(
        _ index: Int,
        in transaction: PostgresTransaction
    ) async throws {
        var encoder = encoder(index)
        switch completions[index].work {
        case .sync, .parked: return
        case .syncEnded(let events, _, let nextSync):
            if let nextSync {
                _ = try await transaction.query(ConnectionTable.putOff(nextSync))
            }
            for event in events { records[index] += encoder.records(for: event) }
        case .companySync(let sync):
            try await begin(sync, index, encoder, in: transaction)
        case .changes(let changes, let events):
            for change in changes {
                for event in try await perform(change, index, in: transaction) {
                    records[index] += encoder.records(for: .task(event))
                }
            }
            for event in events { records[index] += encoder.records(for: event) }
        }
    }

    mutating func begin(
        _ sync: CompanySync,
        _ index: Int,
        _ encoder: EventEncoder,
        in transaction: PostgresTransaction
    ) async throws {
        var encoder = encoder
        for user in sync.users {
            records[index] += encoder.records(
                for: .syncRequest(
                    SyncRequest(
                        companyID: sync.companyID,
                        provider: sync.provider,
                        userID: user,
                        mode: sync.mode,
                        reason: sync.reason
                    )
                )
            )
        }
        if sync.users.isEmpty {
            let summary = SyncSummary(
                mode: sync.mode,
                counts: TaskCounts(),
                coveredUntil: sync.startedAt,
                duration: .zero,
                providerCalls: 0
            )
            records[index] += encoder.records(
                for: .outcome(
                    Outcome(
                        companyID: sync.companyID,
                        provider: sync.provider,
                        userID: nil,
                        .syncCompleted(summary)
                    )
                )
            )
        } else {
            _ = try await transaction.query(
                CompanySyncTable.insert(sync, cause: completions[index].cause)
            )
        }
    }

    func perform(
        _ change: StateChange,
        _ index: Int,
        in transaction: PostgresTransaction
    ) async throws -> [TaskEvent] {
        let query: PostgresQuery
        switch change {
        case .saveIntegration(let integration): query = IntegrationTable.save(integration)
        case .saveConnection(let connection): query = ConnectionTable.save(connection)
        case .saveGrant(let grant): query = try GrantTable.save(grant, cipher: cipher)
        case .revokeGrant(let companyID, let id): query = GrantTable.revoke(companyID, id)
        case .insertAttempt(let attempt, let hash):
            query = try AttemptTable.insert(
                attempt,
                stateHash: hash,
                cause: completions[index].cause,
                cipher: cipher
            )
        case .endAttempt(let companyID, let hash, let state):
            query = AttemptTable.end(companyID, stateHash: hash, state)
        case .moveConnections(let companyID, let provider, let from, let to):
            _ = try await transaction.query(
                ConnectionTable.move(companyID, provider, from: from, to: to)
            )
            return []
        case .countPart: return []
        case .removeTasks(let owner, let reason):
            return try await removeAll(of: owner, reason, in: transaction)
        }
        guard try await !transaction.query(query).isEmpty else {
            throw StoreError(.conflict, "a row has changed since it was read")
        }
        return []
    }

    func removeAll(
        of owner: TaskOwner,
        _ reason: RemovalReason,
        in transaction: PostgresTransaction
    ) async throws -> [TaskEvent] {
        let listed = try await transaction.query(TaskTable.listed(of: owner))
        let removals = try listed.map {
            OwnedRemoval(
                owner: owner,
                externalID: try $0.decode("external_id", as: String.self),
                reason: reason
            )
        }
        return try await transaction.query(TaskTable.remove(removals)).map { row in
            TaskEvent(
                owner: owner,
                task: try TaskTable.task(row),
                version: try row.decode("version", as: Int64.self),
                change: .removed,
                removalReason: reason
            )
        }
    }
}
