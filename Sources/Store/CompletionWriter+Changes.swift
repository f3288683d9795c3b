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
            var consequences: [Event] = []
            for change in changes {
                consequences += try await perform(change, index, in: transaction)
            }
            // The request's own outcome goes first.
            for event in events + consequences {
                records[index] += encoder.records(for: event)
            }
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

    /// Makes a change and returns what must be told because of it.
    func perform(
        _ change: StateChange,
        _ index: Int,
        in transaction: PostgresTransaction
    ) async throws -> [Event] {
        if let query = try conditional(change, index) {
            guard try await !transaction.query(query).isEmpty else {
                throw StoreError(.conflict, "a row has changed since it was read")
            }
            return []
        }
        switch change {
        case .lockGrant(let companyID, let id):
            _ = try await transaction.query(GrantTable.lock(companyID, id))
        case .reviveUses(let grant, let account, let other):
            return try await GrantLoss.revive(grant, account, otherThan: other, in: transaction)
        case .releaseGrant(let companyID, let id):
            _ = try await transaction.query(GrantTable.release(companyID, id))
        case .revokeTokens(let attempt):
            _ = try await transaction.query(
                RevocationTable.hasten(attempt.companyID, attempt.id)
            )
        case .supersedeAttempts(let attempt):
            _ = try await transaction.query(AttemptTable.supersede(attempt))
        case .endPendingAttempts(let companyID, let provider, let scope, let userID):
            _ = try await transaction.query(
                AttemptTable.endPending(companyID, provider, scope, of: userID)
            )
        case .abandonAttempt(let companyID, let hash):
            _ = try await transaction.query(
                AttemptTable.end(companyID, stateHash: hash, .failed)
            )
        case .suspendConnections(let companyID, let provider, let erasing):
            _ = try await transaction.query(
                ConnectionTable.suspend(companyID, provider, erasing: erasing)
            )
        case .resumeConnections(let companyID, let provider, let organizationID):
            return try await transaction.query(
                ConnectionTable.resume(companyID, provider, organizationID: organizationID)
            ).compactMap { try GrantLoss.event(whoCannotResume: $0, companyID, provider) }
        case .loseGrant(let companyID, let id, let failure):
            return try await GrantLoss(companyID: companyID, grantID: id, failure: failure)
                .spread(in: transaction)
        default: break
        }
        return []
    }

    /// The statement of a change that is refused when it finds no row; `nil` for every other change.
    private func conditional(_ change: StateChange, _ index: Int) throws -> PostgresQuery? {
        switch change {
        case .saveIntegration(let integration): IntegrationTable.save(integration)
        case .holdIntegration(let integration): IntegrationTable.hold(integration)
        case .saveConnection(let connection): ConnectionTable.save(connection)
        case .saveGrant(let grant, let isSameApproval):
            try GrantTable.save(grant, isSameApproval: isSameApproval, cipher: cipher)
        case .adoptTokens(let attempt):
            RevocationTable.adopt(attempt.companyID, attempt.id)
        case .insertAttempt(let attempt, let hash):
            try AttemptTable.insert(
                attempt,
                stateHash: hash,
                cause: completions[index].cause,
                cipher: cipher
            )
        case .endAttempt(let companyID, let hash, let state):
            AttemptTable.end(companyID, stateHash: hash, state)
        default: nil
        }
    }
}
