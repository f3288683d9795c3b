import AsyncHTTPClient
import Domain
import Fixtures
import FoundationEssentials
import Kafka
import Logging
import NIOCore
import NIOHTTP1
import Postgres
import Runtime
import Salesforce
import Sandbox
import ServiceLifecycle
import Store
import Testing

/// The worker among real neighbours: a broker, a database, a simulated Salesforce.
struct World: Sendable {
    static let redirectURI = "http://127.0.0.1/callback"

    let broker: EmbeddedBroker
    let pool: PostgresPool
    let salesforce: String
    let http: HTTPClient
    let neighbour: Neighbour
    let worker: Worker
    let logger: Logger

    var browser: Browser { Browser(http: http) }

    /// Publishes a request as the dashboard would and returns its id.
    @discardableResult
    func send(
        _ type: String,
        _ data: String,
        key: String = "acme",
        id: String? = nil
    ) async throws -> String {
        let id = id ?? UUID().uuidString
        let topic = type == "sync.request.v1" ? "sync-request" : "integration-request"
        let headers = [
            ("ce_specversion", "1.0"), ("ce_id", id), ("ce_source", "/dashboard"),
            ("ce_type", type), ("content-type", "application/json"),
        ]
        try await publish(topic, key: key, headers: headers, value: Array(data.utf8))
        return id
    }

    func publish(
        _ topic: String,
        key: String?,
        headers: [(String, String)] = [],
        value: [UInt8]?
    ) async throws {
        let record = ProducerRecord(
            topic: topic,
            key: key.map { Array($0.utf8) },
            value: value,
            headers: headers.map { RecordHeader(name: $0.0, value: Array($0.1.utf8)) }
        )
        for result in await neighbour.producer.send([record]) { _ = try result.get() }
    }

    /// Calls the simulator's control routes.
    @discardableResult
    func control(
        _ method: String,
        _ path: String,
        _ body: String? = nil
    ) async throws -> String {
        var request = HTTPClientRequest(url: salesforce + path)
        request.method = .init(rawValue: method)
        if let body { request.body = .bytes(Array(body.utf8)) }
        let response = try await http.execute(request, timeout: .seconds(10))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 22))
        try #require(response.status.code < 300, "\(method) \(path): \(text)")
        return text
    }

    /// Enables for a scope, logs in and allows; returns the authorize request's outcome.
    func connect(
        _ scope: String,
        user: String,
        role: String,
        account: String,
        expected: String? = nil
    ) async throws -> Received {
        let expectation = expected.map { ",\"expectedAccount\":\"\($0)\"" } ?? ""
        let enable = try await send(
            "integration.enable.v1",
            """
            {"companyId":"acme","provider":"salesforce","scope":"\(scope)",\
            "actor":{"userId":"\(user)","role":"\(role)","email":"\(account)"},\
            "redirectUri":"\(Self.redirectURI)"\(expectation)}
            """
        )
        let required = try #require(await neighbour.outcome(of: enable))
        let url = try #require(
            required.field("authorizationUrl"),
            "\(required.field("reason") ?? "")"
        )
        let back = try await browser.authorize(url, as: account)
        let authorize = try await send(
            "integration.authorize.v1",
            """
            {"companyId":"acme","provider":"salesforce","state":"\(back["state"] ?? "")",\
            "code":"\(back["code"] ?? "")"}
            """
        )
        return try #require(await neighbour.outcome(of: authorize))
    }

    /// Requests a sync of a person and returns its outcome.
    func sync(_ user: String, mode: String = "incremental") async throws -> Received {
        let id = try await send(
            "sync.request.v1",
            """
            {"companyId":"acme","provider":"salesforce","userId":"\(user)","mode":"\(mode)",\
            "reason":"manual"}
            """,
            key: "acme/\(user)"
        )
        return try #require(await neighbour.outcome(of: id))
    }
}

/// Runs a test in a world of its own.
func withWorld(
    pageSize: Int = 2000,
    _ body: (World) async throws -> Void
) async throws {
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let properties = [
        "session.timeout.ms": "6000", "heartbeat.interval.ms": "500", "fetch.wait.max.ms": "10",
        "reconnect.backoff.max.ms": "1000",
    ]
    let broker = try EmbeddedBroker(
        topics: [
            "integration-request", "sync-request", "integration-outcome", "task-updated",
            "integration-request.dlq", "sync-request.dlq",
        ].map { .init($0, partitions: 4) }
    )
    let simulator = SalesforceSimulator(
        configuration: .init(redirectURIs: [World.redirectURI]),
        logger: logger
    )
    let http = SalesforceProvider.makeHTTPClient(maximumConnections: 64)
    do {
        try await withWorld(broker, simulator, http, properties, pageSize, logger, body)
    } catch {
        try await http.shutdown()
        throw error
    }
    try await http.shutdown()
    broker.close()
}

private func withWorld(
    _ broker: EmbeddedBroker,
    _ simulator: SalesforceSimulator,
    _ http: HTTPClient,
    _ properties: [String: String],
    _ pageSize: Int,
    _ logger: Logger,
    _ body: (World) async throws -> Void
) async throws {
    try await withPool(configure) { pool in
        _ = try await Migrator(pool: pool).migrate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await simulator.run() }
            let address = try await simulator.address
            let provider = SalesforceProvider(
                configuration: SalesforceConfiguration(
                    clientID: "sandbox-client",
                    clientSecret: Secret("sandbox-secret"),
                    loginURL: address,
                    allowedHosts: [try #require(HostPattern("127.0.0.1:*"))],
                    pageSize: pageSize
                ),
                client: http,
                logger: logger
            )
            let store = Store(
                pool: pool,
                cipher: try TokenCipher(
                    keys: "k1:" + Data(repeating: 7, count: 32).base64EncodedString()
                )
            )
            let worker = try Worker(
                WorkerConfiguration(
                    bootstrapServers: broker.bootstrapServers,
                    kafkaProperties: properties,
                    redirectURIs: [World.redirectURI],
                    workerName: "test",
                    version: "test"
                ),
                providers: [provider],
                store: store,
                logger: logger
            )
            let neighbour = try Neighbour(
                bootstrapServers: broker.bootstrapServers,
                properties: properties,
                logger: logger
            )
            let services = ServiceGroup(services: [worker], logger: logger)
            group.addTask { try await services.run() }
            group.addTask { try await neighbour.run() }
            try await body(
                World(
                    broker: broker,
                    pool: pool,
                    salesforce: address,
                    http: http,
                    neighbour: neighbour,
                    worker: worker,
                    logger: logger
                )
            )
            await services.triggerGracefulShutdown()
            neighbour.close()
            try await group.next()
            try await group.next()
            group.cancelAll()
        }
    }
}

private func configure(_ configuration: inout PostgresConfiguration) {
    configuration.maximumConnections = 4
}
