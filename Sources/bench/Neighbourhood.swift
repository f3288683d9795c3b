import AsyncHTTPClient
import Foundation
import Kafka
import Logging
import NIOCore
import NIOHTTP1
import Postgres
import Sandbox

/// The worker and its neighbours, each a process of its own.
struct Neighbourhood: Sendable {
    let worker: Child
    /// From the start of the process to its first answer, in seconds.
    let startSeconds: Double
    let salesforce: String
    let pool: PostgresPool
    let http: HTTPClient
    let dashboard: Dashboard

    /// Calls the simulator's control routes.
    func control(_ method: HTTPMethod, _ path: String, _ body: String) async throws {
        var request = HTTPClientRequest(url: salesforce + path)
        request.method = method
        request.body = .bytes(Array(body.utf8))
        let response = try await http.execute(request, timeout: .seconds(60))
        let text = String(buffer: try await response.body.collect(upTo: 1 << 24))
        guard response.status.code < 300 else { throw BenchError("\(path): \(text)") }
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Starts everything, runs the body, and ends everything again.
func withNeighbourhood(
    program: String,
    _ body: (Neighbourhood) async throws -> Void
) async throws {
    progress("starting broker, PostgreSQL (durable) and Salesforce")
    let broker = try Child(program, ["sandbox", "broker"])
    defer { broker.stop() }
    let salesforce = try Child(
        program,
        ["sandbox", "salesforce", "--redirect-uri", Dashboard.redirectURI]
    )
    defer { salesforce.stop() }
    var options = ThrowawayPostgres.Options()
    options.durable = true
    let postgres = try await ThrowawayPostgres.start(options)
    do {
        let environment = broker.environment.merging(salesforce.environment) { $1 }.merging([
            "DATABASE_URL": postgres.url, "OPS_HOST": "127.0.0.1", "OPS_PORT": "39180",
            "LOG_LEVEL": "warning", "SYNC_INTERVAL": "24h",
            "TOKEN_ENCRYPTION_KEYS": "k1:" + Data(repeating: 9, count: 32).base64EncodedString(),
        ]) { $1 }
        try await serve(program, environment, postgres, body)
    } catch {
        await postgres.stop()
        throw error
    }
    await postgres.stop()
}

private func serve(
    _ program: String,
    _ environment: [String: String],
    _ postgres: ThrowawayPostgres,
    _ body: (Neighbourhood) async throws -> Void
) async throws {
    let migrate = try Child(
        program,
        ["migrate"],
        environment: environment.merging(["LOG_FORMAT": "console"]) { $1 }
    )
    migrate.waitUntilExit()
    let logger = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
    let http = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: .init(redirectConfiguration: .disallow)
    )
    let pool = PostgresPool(try PostgresConfiguration(url: postgres.url), logger: logger)
    let started = ContinuousClock.now
    let worker = try Child(program, ["run"], environment: environment, tellsSettings: false)
    defer { worker.stop() }
    let start = try await answer(http, "http://127.0.0.1:39180/live", since: started)
    let dashboard = try Dashboard(environment: environment, logger: logger)
    let neighbourhood = Neighbourhood(
        worker: worker,
        startSeconds: start,
        salesforce: environment["SALESFORCE_LOGIN_URL"] ?? "",
        pool: pool,
        http: http,
        dashboard: dashboard
    )
    do {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            group.addTask { try await dashboard.run() }
            progress("waiting for the consumer group")
            _ = try await answer(http, "http://127.0.0.1:39180/ready", since: started)
            try await body(neighbourhood)
            dashboard.close()
            pool.close()
            try await group.waitForAll()
        }
    } catch {
        try await http.shutdown()
        throw error
    }
    try await http.shutdown()
}

/// Asks until the answer is yes; returns how long it took.
private func answer(
    _ http: HTTPClient,
    _ url: String,
    since start: ContinuousClock.Instant
) async throws -> Double {
    while start.duration(to: .now) < .seconds(30) {
        do {
            let response = try await http.execute(
                HTTPClientRequest(url: url),
                timeout: .seconds(1)
            )
            if response.status == .ok { return start.duration(to: .now).seconds }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Nobody listens yet.
            try await Task.sleep(for: .milliseconds(5))
            continue
        }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw BenchError("\(url) did not answer")
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
