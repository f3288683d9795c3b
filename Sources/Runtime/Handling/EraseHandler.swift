import Domain
import FoundationEssentials
import Store

/// Works off `tasks.erase.v1`: page by page, so that a list of any size is erased in bounded memory.
struct EraseHandler: Sendable {
    private static let pageSize = 1000

    let store: Store
    let now: @Sendable () -> Date

    func handle(
        _ request: EraseRequest,
        _ item: WorkItem,
        submit: (SyncStep) async throws -> ImportProgress
    ) async throws -> Completion.Work {
        var progress: ImportProgress?
        while true {
            let (checkpoint, ids) = try await store.eraseContext(
                of: request.owner,
                for: item.claim.identity,
                limit: Self.pageSize
            )
            let current =
                progress ?? checkpoint?.progress
                ?? ImportProgress(startedAt: now(), providerTime: now())
            let isLast = ids.count < Self.pageSize
            let step = SyncStep(
                owner: request.owner,
                connectionVersion: nil,
                tasks: [],
                removals: Dictionary(uniqueKeysWithValues: ids.map { ($0, .disconnected) }),
                progress: current,
                end: isLast
                    ? .erased : .page(next: TaskCursor(timestamp: "", id: ids.last ?? ""))
            )
            if isLast { return .sync(step) }
            progress = try await submit(step)
        }
    }
}
