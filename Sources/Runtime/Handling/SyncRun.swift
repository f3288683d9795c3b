import Domain
import FoundationEssentials
import Logging
import Store

/// One sync of one person: its pages, and then the comparison of what is open there and here.
struct SyncRun {
    let handler: SyncHandler
    let provider: any Provider
    let context: SyncContext
    let mode: SyncRequest.Mode
    let parent: String?

    private var owner: TaskOwner { context.connection.owner }
    private var isFirst: Bool { context.connection.coveredUntil == nil }

    /// Reads and submits every page but the last, and returns the step that ends the sync.
    mutating func steps(
        submit: (SyncStep) async throws -> ImportProgress
    ) async throws -> SyncStep {
        let startedAt = handler.now()
        var progress = context.checkpoint?.progress
        var cursor = context.checkpoint?.cursor
        var changes: TaskChanges?
        while true {
            let page: TaskPage
            if let since, cursor == nil {
                let first = try await self.changes(since: since)
                page = first.page
                changes = first
            } else {
                page = try await self.page(after: cursor)
            }
            var current =
                progress
                ?? ImportProgress(
                    startedAt: startedAt,
                    providerTime: covered(page, changes)
                )
            current.providerCalls += page.calls
            var removals = removals(of: page.deleted)
            if progress == nil { removals.merge(self.removals(of: changes?.deleted ?? [])) { $1 } }
            for task in page.tasks { removals[task.externalID] = nil }
            guard let next = page.next else {
                let open = cursor == nil ? changes?.open : nil
                return try await lastStep(page.tasks, removals, open, current)
            }
            progress = try await submit(
                step(page.tasks, removals, current, .page(next: next))
            )
            cursor = next
        }
    }

    /// From when on an incremental sync reads; `nil` for one that reads everything.
    private var since: Date? {
        guard mode == .incremental, let coveredUntil = context.connection.coveredUntil else {
            return nil
        }
        return coveredUntil.addingTimeInterval(-SyncHandler.overlap)
    }

    /// Until when everything has been seen once this sync is done.
    ///
    /// What the provider vouches for; without that a while before its clock: a transaction that is
    /// still open makes its changes visible late.
    private func covered(_ page: TaskPage, _ changes: TaskChanges?) -> Date {
        let clock = page.providerTime ?? handler.now()
        guard let vouched = changes?.coveredUntil else {
            return clock.addingTimeInterval(-SyncHandler.lateness)
        }
        return min(vouched, clock)
    }

    private func removals(of ids: [String]) -> [String: RemovalReason] {
        Dictionary(ids.map { ($0, .deleted) }) { $1 }
    }

    private func changes(since: Date) async throws -> TaskChanges {
        try await withSession { session throws(ProviderError) in
            try await provider.changes(since: since, session: session)
        }
    }

    private func page(after cursor: TaskCursor?) async throws -> TaskPage {
        let selection = since.map { TaskQuery.Selection.changed(since: $0) } ?? .open
        return try await withSession { session throws(ProviderError) in
            try await provider.tasks(TaskQuery(selection, after: cursor), session: session)
        }
    }

    /// Compares the ids that are open at the provider with those in the list: what was deleted,
    /// reassigned or missed shows nowhere else.
    private func lastStep(
        _ tasks: [ProviderTask],
        _ removals: [String: RemovalReason],
        _ openIDs: [String]?,
        _ progress: ImportProgress
    ) async throws -> SyncStep {
        var progress = progress
        let listed = try await handler.store.listedTasks(of: owner)
        if isFirst, context.checkpoint == nil, listed.isEmpty {
            return step(tasks, [:], progress, finished(progress, openTasks: nil))
        }
        let open: OpenTaskIDs
        if let openIDs {
            open = OpenTaskIDs(ids: openIDs, calls: 0)
        } else {
            open = try await withSession { session throws(ProviderError) in
                try await provider.openTaskIDs(session: session)
            }
        }
        progress.providerCalls += open.calls
        let openIDs = Set(open.ids)
        // What is open is not gone, whatever a log of deletions says.
        let gone = removals.filter { !openIDs.contains($0.key) }
        var known = Set(listed.filter { !$0.value && gone[$0.key] == nil }.map(\.key))
        for task in tasks {
            if task.isClosed {
                known.remove(task.externalID)
            } else {
                known.insert(task.externalID)
            }
        }
        // Everything that is listed is asked for when everything is read.
        let closed = mode == .full ? Set(listed.filter(\.value).keys).subtracting(openIDs) : []
        let doubtful = known.symmetricDifference(openIDs).union(closed).sorted()
        guard !doubtful.isEmpty else {
            return step(tasks, gone, progress, finished(progress, openTasks: open.ids.count))
        }
        let fates = try await withSession { session throws(ProviderError) in
            try await provider.fates(of: doubtful, session: session)
        }
        progress.providerCalls += fates.calls
        let missing = fates.removed.filter { listed[$0.key] != nil || known.contains($0.key) }
        let unlisted = fates.present.count { listed[$0.externalID] != $0.isClosed }
        if missing.count + unlisted > 0 {
            handler.logger.info(
                "list repaired",
                metadata: [
                    "company.id": "\(owner.companyID)", "user.id": "\(owner.userID)",
                    "tasks.removed": "\(missing.count)", "tasks.restored": "\(unlisted)",
                ]
            )
        }
        return step(
            tasks.filter { fates.removed[$0.externalID] == nil } + fates.present,
            gone.merging(missing) { $1 },
            progress,
            finished(progress, openTasks: open.ids.count)
        )
    }

    private func finished(_ progress: ImportProgress, openTasks: Int?) -> SyncStep.End {
        .finished(
            mode: mode,
            coveredUntil: progress.providerTime,
            openTasks: openTasks,
            parent: parent
        )
    }

    private func step(
        _ tasks: [ProviderTask],
        _ removals: [String: RemovalReason],
        _ progress: ImportProgress,
        _ end: SyncStep.End
    ) -> SyncStep {
        SyncStep(
            owner: owner,
            connectionVersion: context.connection.version,
            tasks: tasks,
            removals: removals,
            progress: progress,
            end: end
        )
    }

    private func withSession<Value: Sendable>(
        _ call: (ProviderSession) async throws(ProviderError) -> Value
    ) async throws -> Value {
        guard let grantID = context.connection.grantID else {
            throw ProviderError(.reauthorize, Failure(.grantRevoked))
        }
        return try await handler.sessions.with(
            provider,
            grantID: grantID,
            of: owner.companyID,
            call
        )
    }
}
