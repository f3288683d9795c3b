import Logging
import ServiceLifecycle
import UnixSignals

/// Keeps a pretend neighbour in the foreground until it is told to stop.
enum Foreground {
    /// Runs a service until it ends, or SIGTERM or SIGINT comes.
    static func run(_ service: any Service) async throws {
        let logger = Logger(label: "sandbox") { _ in SwiftLogNoOpLogHandler() }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: service,
                        successTerminationBehavior: .gracefullyShutdownGroup
                    )
                ],
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        try await group.run()
    }
}
