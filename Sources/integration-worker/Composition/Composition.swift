import AsyncHTTPClient
import FoundationEssentials
import Glibc
import Kafka
import Logging
import Ops
import Postgres
import Runtime
import Salesforce
import ServiceLifecycle
import Store
import UnixSignals

/// Puts the rooms together: the only place that knows all of them.
struct Composition: Sendable {
    let pool: PostgresPool
    let http: HTTPClient
    let worker: Worker
    let ops: OpsServer
    let signals: SignalWatch
    let logger: Logger

    init(_ settings: WorkerSettings, logs: Logs, rehearsal: Rehearsal? = nil) throws {
        logger = logs.logger("integration-worker")
        pool = PostgresPool(settings.database, logger: logs.logger("postgres"))
        let http = SalesforceProvider.makeHTTPClient(
            maximumConnections: settings.salesforce.maximumConcurrency
        )
        self.http = http
        do {
            worker = try Worker(
                settings.workerConfiguration(rehearsal),
                providers: try ProviderRegistry.all(
                    settings,
                    client: http,
                    logger: logs.logger("salesforce")
                ),
                store: Store(pool: pool, cipher: settings.cipher),
                logger: logs.logger("worker")
            )
        } catch {
            try http.syncShutdown()
            throw error
        }
        signals = SignalWatch(logger: logger)
        ops = OpsServer(
            host: settings.opsHost,
            port: settings.opsPort,
            probes: WorkerProbes(worker: worker, pool: pool, signals: signals).probes,
            logger: logs.logger("ops")
        )
    }

    /// Runs everything; the last service in the list ends first.
    func run() async throws {
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: signals), .init(service: PoolService(pool: pool)),
                .init(service: ops), .init(service: worker),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        // A neighbour that never answers must not keep the process for ever.
        configuration.maximumGracefulShutdownDuration = .seconds(60)
        let group = ServiceGroup(configuration: configuration)
        do {
            try await group.run()
        } catch {
            try await http.shutdown()
            throw error
        }
        try await http.shutdown()
    }
}

/// A pool that ends with its group.
private struct PoolService: Service {
    let pool: PostgresPool

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await pool.run()
        } onGracefulShutdown: {
            pool.close()
        }
    }
}

extension WorkerSettings {
    fileprivate func workerConfiguration(_ rehearsal: Rehearsal?) -> WorkerConfiguration {
        WorkerConfiguration(
            bootstrapServers: kafka.bootstrapServers,
            groupID: groupID,
            kafkaProperties: kafka.properties,
            topicPrefix: kafka.topicPrefix,
            maximumInFlight: maximumInFlight,
            redirectURIs: redirectURIs,
            syncInterval: syncInterval,
            reconcileInterval: reconcileInterval,
            drainBudget: drainBudget,
            inboxRetention: inboxRetention,
            maximumAttempts: maximumAttempts,
            rehearsal: rehearsal,
            workerName: "\(ProcessInfo.processInfo.hostName)/\(getpid())",
            version: Version.current
        )
    }
}
