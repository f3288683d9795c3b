import Domain
import FoundationEssentials
import Store

extension StoreFixture {
    static func task(
        _ id: String = "t-1",
        title: String = "Call Acme",
        isClosed: Bool = false,
        minute: Double = 0
    ) -> ProviderTask {
        ProviderTask(
            externalID: id,
            title: title,
            status: isClosed ? "Completed" : "Open",
            priority: nil,
            dueDate: "2026-05-01",
            isClosed: isClosed,
            url: "https://acme.example/\(id)",
            relatedTo: RelatedRecord(type: "Account", id: "001", name: "Acme"),
            contact: nil,
            providerUpdatedAt: now + minute * 60
        )
    }

    /// A step; the last one unless there is a cursor to go on from.
    func step(
        _ connection: UserConnection,
        _ tasks: [ProviderTask],
        removals: [String: RemovalReason] = [:],
        next: TaskCursor? = nil,
        progress: ImportProgress = ImportProgress(startedAt: now, providerTime: now),
        parent: String? = nil
    ) -> SyncStep {
        SyncStep(
            owner: connection.owner,
            connectionVersion: connection.version,
            tasks: tasks,
            removals: removals,
            progress: progress,
            end: next.map { .page(next: $0) }
                ?? .finished(
                    mode: .incremental,
                    coveredUntil: Self.now + 60,
                    openTasks: nil,
                    parent: parent
                )
        )
    }

    /// A whole sync in one step; what it tells of tasks, tombstones left out.
    func sync(
        _ connection: UserConnection,
        _ tasks: [ProviderTask],
        removals: [String: RemovalReason] = [:]
    ) async throws -> [PublishedTask] {
        let claim = try await claim(UUID().uuidString)
        return try await complete(claim, .sync(step(connection, tasks, removals: removals)))
            .records.filter { $0.type == "task.updated.v1" }.map { try $0.data(PublishedTask.self) }
    }
}
