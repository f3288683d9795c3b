import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle
import Synchronization

/// Answers orchestrators and Prometheus: `GET /live`, `/ready` and `/metrics`.
///
/// `/live` and `/ready` answer 200 or 503 with a JSON body that names what is missing and why.
public struct OpsServer: Service {
    private let host: String
    private let port: Int
    private let probes: OpsProbes
    private let onListening: @Sendable (String) async -> Void
    private let logger: Logger

    /// Starts nothing; ``run()`` does.
    ///
    /// - Parameters:
    ///   - host: the address to bind.
    ///   - port: the port to bind; 0 takes any that is free.
    ///   - probes: where the answers come from.
    ///   - logger: is told of the address, and of failed connections at `debug`.
    ///   - onListening: is told the base URL once connections are taken.
    public init(
        host: String,
        port: Int,
        probes: OpsProbes,
        logger: Logger,
        onListening: @escaping @Sendable (String) async -> Void = { _ in }
    ) {
        self.host = host
        self.port = port
        self.probes = probes
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// Throws ``OpsServerError`` where the address cannot be bound.
    public func run() async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        let isBound = Atomic(false)
        let app = Application(
            responder: OpsResponder(probes: probes),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in
                isBound.store(true, ordering: .relaxed)
                await announce(channel.localAddress?.port ?? port)
            },
            logger: quiet
        )
        do {
            try await app.run()
        } catch  where !isBound.load(ordering: .relaxed) && !(error is CancellationError) {
            throw OpsServerError(reason: "\(host):\(port) cannot be bound: \(error)")
        }
    }

    private func announce(_ port: Int) async {
        let shown = host.contains(":") ? "[\(host)]" : host
        let address = "http://\(shown):\(port)"
        logger.info("ops server listens", metadata: ["ops.address": "\(address)"])
        await onListening(address)
    }
}
