import Domain
import FoundationEssentials
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
        while true {
            let page = try await page(after: cursor)
            var current =
                progress
                ?? ImportProgress(
                    startedAt: startedAt,
                    providerTime: page.providerTime ?? handler.now()
                )
            current.providerCalls += page.calls
            guard let next = page.next else {
                return try await lastStep(page.tasks, current)
            }
            progress = try await submit(
                step(page.tasks, [:], current, .page(next: next))
            )
            cursor = next
        }
    }

    private func page(after cursor: TaskCursor?) async throws -> TaskPage {
        let selection: TaskQuery.Selection
        if mode == .incremental, let coveredUntil = context.connection.coveredUntil {
            selection = .changed(since: coveredUntil.addingTimeInterval(-SyncHandler.overlap))
        } else {
            selection = .open
        }
        return try await withSession { session throws(ProviderError) in
            try await provider.tasks(TaskQuery(selection, after: cursor), session: session)
        }
    }

    /// Compares the ids that are open at the provider with those in the list: what was deleted,
    /// reassigned or missed shows nowhere else.
    private func lastStep(
        _ tasks: [ProviderTask],
        _ progress: ImportProgress
    ) async throws -> SyncStep {
        var progress = progress
        let listed = try await handler.store.listedTasks(of: owner)
        if isFirst, context.checkpoint == nil, listed.isEmpty {
            return step(tasks, [:], progress, finished(progress, openTasks: nil))
        }
        let open = try await withSession { session throws(ProviderError) in
            try await provider.openTaskIDs(session: session)
        }
        progress.providerCalls += open.calls
        var known = Set(listed.filter { !$0.value }.keys)
        for task in tasks {
            if task.isClosed {
                known.remove(task.externalID)
            } else {
                known.insert(task.externalID)
            }
        }
        let openIDs = Set(open.ids)
        let doubtful = known.symmetricDifference(openIDs).sorted()
        guard !doubtful.isEmpty else {
            return step(tasks, [:], progress, finished(progress, openTasks: open.ids.count))
        }
        let fates = try await withSession { session throws(ProviderError) in
            try await provider.fates(of: doubtful, session: session)
        }
        progress.providerCalls += fates.calls
        return step(
            tasks.filter { fates.removed[$0.externalID] == nil } + fates.present,
            fates.removed.filter { known.contains($0.key) },
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
