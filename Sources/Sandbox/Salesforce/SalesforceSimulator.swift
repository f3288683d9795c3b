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
    private let responder: SimulatorResponder
    private let binding = Binding()

    /// A simulator with the default organizations; nothing listens before ``run()``.
    public init(configuration: SalesforceSimulatorConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        shared = SharedState(configuration: configuration)
        responder = SimulatorResponder(shared: shared)
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
        defer { binding.fail() }
        let (bound, continuation) = AsyncStream.makeStream(of: Int.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let application = application(
                at: configuration.host,
                port: configuration.port,
                logger: logger
            ) { [configuration, shared] port in
                // Here and not below: whoever waits for the port may ask at once.
                shared.baseURL = "http://\(configuration.host):\(port)"
                continuation.yield(port)
            }
            group.addTask {
                defer { continuation.finish() }
                try await application.run()
            }
            for await port in bound {
                if configuration.host == "127.0.0.1" {
                    for host in Self.siblings { await serve(host, port, in: &group) }
                }
                let base = shared.baseURL
                logger.info("Simulated Salesforce listens", metadata: ["address": "\(base)"])
                binding.resolve(base)
            }
            try await group.waitForAll()
        }
    }

    /// Stand for `test.salesforce.com` and `login.salesforce.com`.
    private static let siblings = ["127.0.0.2", "127.0.0.3"]

    /// Serves one more address of this machine; where it cannot be bound, it is done without.
    private func serve(
        _ host: String,
        _ port: Int,
        in group: inout ThrowingTaskGroup<Void, any Error>
    ) async {
        let (settled, continuation) = AsyncStream.makeStream(of: Int.self)
        var quiet = logger
        quiet.logLevel = .critical
        let application = application(at: host, port: port, logger: quiet) {
            continuation.yield($0)
        }
        group.addTask { [logger] in
            defer { continuation.finish() }
            do {
                try await application.run()
            } catch {
                logger.debug(
                    "An address of the simulated Salesforce is not served",
                    metadata: ["address": "\(host):\(port)", "error": "\(error)"]
                )
            }
        }
        for await _ in settled { return }
    }

    private func application(
        at host: String,
        port: Int,
        logger: Logger,
        onBound: @escaping @Sendable (Int) -> Void
    ) -> some ApplicationProtocol {
        Application(
            responder: responder,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port),
                backlog: 1024
            ),
            onServerRunning: { onBound($0.localAddress?.port ?? port) },
            logger: logger
        )
    }
}

/// Why a simulator has no address.
public struct SalesforceSimulatorError: Error, Sendable, CustomStringConvertible {
    /// What happened.
    public let reason: String

    /// What happened.
    public var description: String { reason }
}
