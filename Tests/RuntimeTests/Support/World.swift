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
    private static let topics = [
        "integration-request", "sync-request", "integration-outcome", "task-updated",
        "integration-request.dlq", "sync-request.dlq",
    ]
    private static let properties = [
        "session.timeout.ms": "6000", "heartbeat.interval.ms": "500", "fetch.wait.max.ms": "10",
        "reconnect.backoff.max.ms": "1000",
    ]

    /// What a test wants otherwise than usual.
    struct Tuning: Sendable {
        var maximumInFlight = 256
        var maximumAttempts = 8
        var maximumBacklog = 200_000
        var rehearsal: Rehearsal?
        var kafkaProperties: [String: String] = [:]
        var tokenTimeout: Duration = .seconds(20)
        var assertionKey: AssertionKey?
    }

    /// The company this test is.
    var company = "acme"

    let broker: EmbeddedBroker
    let pool: PostgresPool
    let store: Store
    let salesforce: String
    let http: HTTPClient
    let neighbour: Neighbour
    let worker: Worker
    private let services: ServiceGroup

    var browser: ScriptedBrowser { ScriptedBrowser(http: http) }

    /// Starts everything, runs the body, and ends everything again.
    static func run(
        databaseURL: String,
        pageSize: Int = 2000,
        tuning: Tuning = Tuning(),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ body: (World) async throws -> Void
    ) async throws {
        let broker = try EmbeddedBroker.onStablePort(
            topics: topics.map { .init($0, partitions: 4) }
        )
        let simulator = SalesforceSimulator(
            configuration: .init(redirectURIs: [redirectURI]),
            logger: logger
        )
        let http = SalesforceProvider.makeHTTPClient(maximumConnections: 256)
        let pool = PostgresPool(try PostgresConfiguration(url: databaseURL), logger: logger)
        let result = await Result {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await simulator.run() }
                group.addTask { try await pool.run() }
                _ = try await Migrator(pool: pool).migrate()
                let world = try World(
                    broker,
                    pool,
                    http,
                    salesforce: try await simulator.address,
                    pageSize,
                    tuning,
                    logger
                )
                try await world.serve(body)
                pool.close()
                group.cancelAll()
            }
        }
        try await http.shutdown()
        broker.close()
        try result.get()
    }

    private init(
        _ broker: EmbeddedBroker,
        _ pool: PostgresPool,
        _ http: HTTPClient,
        salesforce: String,
        _ pageSize: Int,
        _ tuning: Tuning,
        _ logger: Logger
    ) throws {
        self.broker = broker
        self.pool = pool
        self.http = http
        self.salesforce = salesforce
        let key = Data(repeating: 7, count: 32).base64EncodedString()
        store = Store(pool: pool, cipher: try TokenCipher(keys: "k1:\(key)"))
        let provider = SalesforceProvider(
            configuration: SalesforceConfiguration(
                clientID: "sandbox-client",
                clientSecret: Secret("sandbox-secret"),
                assertionKey: tuning.assertionKey,
                loginURL: salesforce,
                allowedHosts: try ["127.0.0.1:*", "127.0.0.2:*", "127.0.0.3:*"].map {
                    try #require(HostPattern($0))
                },
                pageSize: pageSize,
                tokenTimeout: tuning.tokenTimeout
            ),
            client: http,
            logger: logger
        )
        worker = try Worker(
            WorkerConfiguration(
                bootstrapServers: broker.bootstrapServers,
                kafkaProperties: Self.properties.merging(tuning.kafkaProperties) { $1 },
                maximumInFlight: tuning.maximumInFlight,
                redirectURIs: [Self.redirectURI],
                maximumAttempts: tuning.maximumAttempts,
                maximumBacklog: tuning.maximumBacklog,
                rehearsal: tuning.rehearsal,
                workerName: "test",
                version: "test"
            ),
            providers: [provider],
            store: store,
            logger: logger
        )
        neighbour = try Neighbour(
            bootstrapServers: broker.bootstrapServers,
            properties: Self.properties,
            logger: logger
        )
        services = ServiceGroup(services: [worker], logger: logger)
    }

    private func serve(_ body: (World) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            group.addTask { try await neighbour.run() }
            let result = await Result { try await body(self) }
            await services.triggerGracefulShutdown()
            neighbour.close()
            try await group.waitForAll()
            try result.get()
        }
    }

    /// Publishes a request as the dashboard would and returns its id.
    @discardableResult
    func send(
        _ type: String,
        _ data: String,
        key: String? = nil,
        id: String? = nil
    ) async throws -> String {
        let id = id ?? UUID().uuidString
        let topic = type == "sync.request.v1" ? "sync-request" : "integration-request"
        let headers = [
            ("ce_specversion", "1.0"), ("ce_id", id), ("ce_source", "/dashboard"),
            ("ce_type", type), ("content-type", "application/json"),
        ]
        try await publish(
            topic,
            key: key ?? company,
            headers: headers,
            value: Array(data.utf8)
        )
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
            {"companyId":"\(company)","provider":"salesforce","scope":"\(scope)",\
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
            {"companyId":"\(company)","provider":"salesforce","state":"\(back["state"] ?? "")",\
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
            {"companyId":"\(company)","provider":"salesforce","userId":"\(user)","mode":"\(mode)",\
            "reason":"manual"}
            """,
            key: "\(company)/\(user)"
        )
        return try #require(await neighbour.outcome(of: id))
    }
}

extension World {
    /// The world most tests share: each test is a company of its own in it.
    static func shared() async throws -> World {
        var world = try await SharedWorld.shared.world()
        world.company = "company-\(UUID().uuidString.prefix(8))"
        return world
    }
}

/// Runs a test in a world of its own.
func withWorld(
    pageSize: Int = 2000,
    tuning: World.Tuning = World.Tuning(),
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    _ body: (World) async throws -> Void
) async throws {
    try await withDatabase { url in
        try await World.run(
            databaseURL: url,
            pageSize: pageSize,
            tuning: tuning,
            logger: logger,
            body
        )
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
