import Logging
import ServiceLifecycle
import UnixSignals

/// Keeps a pretend neighbour in the foreground until it is told to stop.
enum Foreground {
    static func run(_ services: [any Service]) async throws {
        let logger = Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(
            services: services + [Waiting()],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await group.run()
    }

    /// Ends when it is told to.
    private struct Waiting: Service {
        func run() async throws {
            try await gracefulShutdown()
        }
    }
}
