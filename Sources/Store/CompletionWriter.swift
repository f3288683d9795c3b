import Domain
import FoundationEssentials
import Postgres

extension Store {
    /// Writes completions, as many as can be in one transaction, each wholly or not at all.
    ///
    /// - Returns: one result each, in order.
    /// - Throws: when nothing is known to be written: the same call may be made again, the inbox tells
    ///   what was written after all.
    public func complete(_ completions: [Completion], now: Date) async throws -> [CompletionResult]
    {
        var results: [CompletionResult?] = Array(repeating: nil, count: completions.count)
        let shared = completions.indices.filter { completions[$0].canShareTransaction }
        if !shared.isEmpty {
            let batch = try await write(shared.map { completions[$0] }, now: now)
            for (index, result) in zip(shared, batch) { results[index] = result }
        }
        for index in completions.indices where results[index] == nil {
            results[index] = try await write([completions[index]], now: now)[0]
        }
        return results.compactMap(\.self)
    }

    private func write(
        _ completions: [Completion],
        now: Date
    ) async throws -> [CompletionResult] {
        do {
            return try await pool.withTransaction { transaction in
                var writer = CompletionWriter(completions: completions, now: now, cipher: cipher)
                return try await writer.run(in: transaction)
            }
        } catch let error as PostgresTransactionError {
            guard let refused = error.underlying as? StoreError, refused.code == .conflict else {
                throw error
            }
            return completions.map { _ in .conflict }
        }
    }
}

/// Writes one batch of completions inside one transaction.
struct CompletionWriter {
    let completions: [Completion]
    let now: Date
    let cipher: TokenCipher
    private var results: [CompletionResult?]
    private var records: [[EventRecord]]
    private var progress: [ImportProgress?]

    init(completions: [Completion], now: Date, cipher: TokenCipher) {
        self.completions = completions
        self.now = now
        self.cipher = cipher
        results = Array(repeating: nil, count: completions.count)
        records = Array(repeating: [], count: completions.count)
        progress = Array(repeating: nil, count: completions.count)
    }

    mutating func run(in transaction: PostgresTransaction) async throws -> [CompletionResult] {
        try await hold(in: transaction)
        try await end(in: transaction)
        try await applySyncs(in: transaction)
        for index in live {
            try await apply(index, in: transaction)
        }
        try await countCompanySyncs(in: transaction)
        return try await insertOutbox(in: transaction)
    }

    /// The completions that nothing speaks against so far.
    private var live: [Int] { completions.indices.filter { results[$0] == nil } }

    private var steps: [(index: Int, step: SyncStep)] {
        live.compactMap { index in
            guard case .sync(let step) = completions[index].work else { return nil }
            return (index, step)
        }
    }

    /// Makes sure of the leases, and of the connections that syncs rely on, until the end.
    private mutating func hold(in transaction: PostgresTransaction) async throws {
        let leases = Array(Set(completions.map(\.claim.lease)))
        let steps = steps
        let pages = steps.compactMap { index, step -> (Int, SyncStep, TaskCursor)? in
            guard case .page(let next) = step.end else { return nil }
            return (index, step, next)
        }
        let held = try await transaction.queries([
            LeaseTable.hold(leases),
            ConnectionTable.hold(steps.map { ($0.step.owner, $0.step.connectionVersion) }),
            CheckpointTable.reached(
                pages.map { ($0.1.owner, completions[$0.0].claim.identity, $0.2) }
            ),
        ])
        let leasesHeld = Set(try held[0].map(LeaseTable.lease))
        for index in completions.indices where !leasesHeld.contains(completions[index].claim.lease)
        {
            results[index] = .fenced
        }
        let connected = Set(try held[1].map { Int(try $0.decode("ordinal", as: Int64.self)) - 1 })
        for (ordinal, step) in steps.enumerated()
        where results[step.index] == nil && !connected.contains(ordinal) {
            results[step.index] = .conflict
        }
        for row in held[2] {
            let page = pages[Int(try row.decode("ordinal", as: Int64.self)) - 1]
            results[page.0] = results[page.0] ?? .conflict
        }
    }

    /// Marks the requests done; what was not this worker's to end writes nothing.
    private mutating func end(in transaction: PostgresTransaction) async throws {
        let final = live.filter { completions[$0].isFinal }
        guard !final.isEmpty else { return }
        let ended = Set(
            try await transaction.query(InboxTable.finish(final.map { completions[$0].claim }))
                .map(InboxTable.identity)
        )
        for index in final where !ended.contains(completions[index].claim.identity) {
            results[index] = .fenced
        }
    }

    // MARK: - Syncs

    private mutating func applySyncs(in transaction: PostgresTransaction) async throws {
        let steps = steps
        guard !steps.isEmpty else { return }
        var page: [(index: Int, task: OwnedTask)] = []
        var gone: [(index: Int, removal: OwnedRemoval)] = []
        for (index, step) in steps {
            var seen: Set<String> = []
            // A task read twice within one step counts as read last.
            for task in step.tasks.reversed() where seen.insert(task.externalID).inserted {
                page.append((index, OwnedTask(owner: step.owner, task: task)))
            }
            for (id, reason) in step.removals.sorted(by: { $0.key < $1.key }) {
                gone.append(
                    (index, OwnedRemoval(owner: step.owner, externalID: id, reason: reason))
                )
            }
        }
        let written = try await transaction.queries([
            TaskTable.upsert(page.map(\.task)), TaskTable.remove(gone.map(\.removal)),
        ])
        var events: [Int: [TaskEvent]] = [:]
        for row in written[0] {
            let (index, owned) = page[Int(try row.decode("ordinal", as: Int64.self)) - 1]
            events[index, default: []].append(
                TaskEvent(
                    owner: owned.owner,
                    task: owned.task,
                    version: try row.decode("version", as: Int64.self),
                    change: try row.value("change", as: TaskChange.self)
                )
            )
        }
        for row in written[1] {
            let (index, removal) = gone[Int(try row.decode("ordinal", as: Int64.self)) - 1]
            events[index, default: []].append(
                TaskEvent(
                    owner: removal.owner,
                    task: try TaskTable.task(row),
                    version: try row.decode("version", as: Int64.self),
                    change: .removed,
                    removalReason: removal.reason
                )
            )
        }
        for (index, step) in steps {
            finish(index, step, events[index] ?? [])
        }
        try await moveCursors(steps, in: transaction)
    }

    private mutating func finish(_ index: Int, _ step: SyncStep, _ events: [TaskEvent]) {
        var progress = step.progress
        var encoder = encoder(index, ordinal: progress.eventOrdinal)
        for event in events {
            progress.counts.add(event.change)
            records[index] += encoder.records(for: .task(event))
        }
        let open = step.tasks.count { !$0.isClosed }
        let changed = events.count { $0.change != .removed && !$0.task.isClosed }
        progress.counts.unchanged += open - changed
        if case .finished(let mode, let coveredUntil, let openTasks, _) = step.end {
            if let openTasks {
                let counts = progress.counts
                progress.counts.unchanged = max(
                    0,
                    openTasks - counts.created - counts.updated - counts.reopened
                )
            }
            let summary = SyncSummary(
                mode: mode,
                counts: progress.counts,
                coveredUntil: coveredUntil,
                duration: .seconds(max(0, now.timeIntervalSince(progress.startedAt))),
                providerCalls: progress.providerCalls
            )
            records[index] += encoder.records(
                for: .outcome(
                    Outcome(
                        companyID: step.owner.companyID,
                        provider: step.owner.provider,
                        userID: step.owner.userID,
                        .syncCompleted(summary)
                    )
                )
            )
        }
        progress.eventOrdinal = encoder.ordinal
        self.progress[index] = progress
    }

    private func moveCursors(
        _ steps: [(index: Int, step: SyncStep)],
        in transaction: PostgresTransaction
    ) async throws {
        var queries: [PostgresQuery] = []
        var covered: [(owner: TaskOwner, until: Date)] = []
        for (index, step) in steps {
            switch step.end {
            case .page(let next):
                guard let progress = progress[index] else { continue }
                queries.append(
                    CheckpointTable.save(
                        step.owner,
                        completions[index].claim.identity,
                        after: next,
                        progress
                    )
                )
            case .finished(_, let coveredUntil, _, _):
                covered.append((step.owner, coveredUntil))
            }
        }
        if !covered.isEmpty {
            queries.append(ConnectionTable.cover(covered))
            queries.append(CheckpointTable.delete(covered.map(\.owner)))
        }
        _ = try await transaction.queries(queries)
    }

    private mutating func countCompanySyncs(in transaction: PostgresTransaction) async throws {
        let parts = live.compactMap { index -> CompanySyncPart? in
            switch completions[index].work {
            case .syncEnded(_, let part): return part
            case .changes(let changes, _):
                return changes.lazy.compactMap { change in
                    if case .countPart(let part) = change { return part }
                    return nil
                }.first
            case .sync(let step):
                guard case .finished(_, let coveredUntil, _, let parent?) = step.end,
                    let progress = progress[index]
                else { return nil }
                return CompanySyncPart(
                    companyID: step.owner.companyID,
                    requestID: parent,
                    failed: false,
                    coveredUntil: coveredUntil,
                    providerCalls: progress.providerCalls,
                    counts: progress.counts
                )
            default: return nil
            }
        }
        guard !parts.isEmpty, let last = live.last else { return }
        for row in try await transaction.query(CompanySyncTable.count(parts)) {
            let (cause, outcome) = try CompanySyncTable.outcome(row, now: now)
            // One past the people's requests, which were numbered from zero.
            var encoder = EventEncoder(
                cause: cause,
                time: now,
                ordinal: try row.decode("total", as: Int.self)
            )
            records[last] += encoder.records(for: .outcome(outcome))
        }
    }

    // MARK: - Everything else

    private mutating func apply(
        _ index: Int,
        in transaction: PostgresTransaction
    ) async throws {
        var encoder = encoder(index)
        switch completions[index].work {
        case .sync: return
        case .deadLetter(let record): records[index].append(record)
        case .syncEnded(let events, _):
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

    private mutating func begin(
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

    private func perform(
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

    private func removeAll(
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

    private func encoder(_ index: Int, ordinal: Int = 0) -> EventEncoder {
        EventEncoder(cause: completions[index].cause, time: now, ordinal: ordinal)
    }

    private mutating func insertOutbox(
        in transaction: PostgresTransaction
    ) async throws -> [CompletionResult] {
        let telling = live.filter { !records[$0].isEmpty }
        for index in live { results[index] = .written(nil, progress: progress[index]) }
        if !telling.isEmpty {
            let rows = telling.map { index in
                (
                    companyID: completions[index].claim.identity.companyID,
                    partition: completions[index].claim.lease.partition,
                    records: OutboxCodec.encode(records[index])
                )
            }
            let ids = try await transaction.query(OutboxTable.insert(rows))
            for (index, row) in zip(telling, ids) {
                let reference = OutboxReference(
                    companyID: completions[index].claim.identity.companyID,
                    id: try row.decode("id", as: Int64.self)
                )
                results[index] = .written(
                    OutboxEntry(reference: reference, records: records[index]),
                    progress: progress[index]
                )
            }
        }
        return results.compactMap(\.self)
    }
}
