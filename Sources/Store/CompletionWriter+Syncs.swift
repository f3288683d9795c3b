import Domain
import FoundationEssentials
import Postgres

extension CompletionWriter {
    mutating func applySyncs(in transaction: PostgresTransaction) async throws {
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
        let forgotten = gone.map(\.removal).filter { $0.reason == .disconnected }
        if !forgotten.isEmpty { _ = try await transaction.query(TaskTable.blank(forgotten)) }
        try await moveCursors(steps, in: transaction)
    }

    mutating func finish(_ index: Int, _ step: SyncStep, _ events: [TaskEvent]) {
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

    func moveCursors(
        _ steps: [(index: Int, step: SyncStep)],
        in transaction: PostgresTransaction
    ) async throws {
        var queries: [PostgresQuery] = []
        var covered: [(owner: TaskOwner, until: Date, isWhole: Bool)] = []
        var erased: [TaskOwner] = []
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
            case .finished(let mode, let coveredUntil, _, _):
                covered.append((step.owner, coveredUntil, mode == .full))
            case .erased: erased.append(step.owner)
            }
        }
        if !erased.isEmpty { queries.append(CheckpointTable.delete(erased)) }
        if !covered.isEmpty {
            queries.append(ConnectionTable.cover(covered))
            queries.append(CheckpointTable.delete(covered.map(\.owner)))
        }
        _ = try await transaction.queries(queries)
    }

    mutating func countCompanySyncs(in transaction: PostgresTransaction) async throws {
        let parts = live.compactMap { index -> CompanySyncPart? in
            switch completions[index].work {
            case .syncEnded(_, let part, _): return part
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
}
