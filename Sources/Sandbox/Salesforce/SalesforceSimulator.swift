import Hummingbird
public import Logging
public import ServiceLifecycle

/// A stateful Salesforce over real HTTP: OAuth with its pages, REST data calls, Bulk queries, faults.
///
/// It speaks only the wire and shares no code with the service it stands opposite, so that an error
/// in one is not repeated in the other. `/sandbox/…` controls it; ``ControlEndpoint`` lists the routes.
public final class SalesforceSimulator: Service {
    private let configuration: SalesforceSimulatorConfiguration
    private let logger: Logger
    private let shared: SharedState
    private let binding = Binding()

    /// A simulator with the default organizations; nothing listens before ``run()``.
    public init(configuration: SalesforceSimulatorConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        shared = SharedState(configuration: configuration)
    }

    /// The base URL, such as `http://127.0.0.1:41234`; waits until it is bound.
    ///
    /// Throws ``SalesforceSimulatorError`` when ``run()`` ended before, `CancellationError` when the
    /// waiting task is cancelled.
    public var address: String {
        get async throws { try await binding.value() }
    }

    /// Serves until graceful shutdown or cancellation.
    public func run() async throws {
        let app = Application(
            responder: SimulatorResponder(shared: shared),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                backlog: 1024
            ),
            onServerRunning: { [configuration, shared, binding, logger] channel in
                let port = channel.localAddress?.port ?? configuration.port
                let base = "http://\(configuration.host):\(port)"
                shared.baseURL = base
                logger.info("Simulated Salesforce listens", metadata: ["address": "\(base)"])
                binding.resolve(base)
            },
            logger: logger
        )
        defer { binding.fail() }
        try await app.run()
    }
}

/// Why a simulator has no address.
public struct SalesforceSimulatorError: Error, Sendable, CustomStringConvertible {
    /// What happened.
    public let reason: String

    /// What happened.
    public var description: String { reason }
}
