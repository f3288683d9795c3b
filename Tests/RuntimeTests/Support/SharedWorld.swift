import Fixtures
import Sandbox

/// The one world of a test process, started by the first test that needs it; it ends with the process.
actor SharedWorld {
    static let shared = SharedWorld()
    private var starting: Task<World, any Error>?

    func world() async throws -> World {
        if let starting { return try await starting.value }
        let task = Task { try await Self.start() }
        starting = task
        return try await task.value
    }

    private static func start() async throws -> World {
        let server = try await SharedCluster.shared.server()
        let url = server.url(database: try await server.createDatabase())
        let (worlds, continuation) = AsyncThrowingStream<World, any Error>.makeStream()
        Task {
            do {
                try await World.run(databaseURL: url) { world in
                    continuation.yield(world)
                    await Signal().wait()
                }
            } catch {
                continuation.finish(throwing: error)
            }
        }
        for try await world in worlds { return world }
        throw CancellationError()
    }
}
