import AsyncHTTPClient
import Foundation
import Kafka
import Logging
import Postgres
import Sandbox

extension Stage {
    /// Starts the neighbours, runs the body, and ends them again.
    ///
    /// - Parameters:
    ///   - partitions: how many partitions each topic has.
    ///   - cut: decides over each COMMIT a worker sends.
    ///   - body: what happens among them.
    /// - Throws: what the body throws, or why a neighbour could not be started.
    func withWorld(
        partitions: Int = World.usualPartitions,
        cut: @escaping @Sendable () -> PostgresProxy.Cut? = { nil },
        _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        try await withSandbox("broker", ["--partitions", "\(partitions)"]) { broker, kafka in
            let redirect = ["--redirect-uri", Request.redirectURI]
            try await withSandbox("salesforce", redirect) { _, salesforce in
                try await withPostgres { postgres in
                    let proxy = try PostgresProxy(server: postgres.port ?? 0, decide: cut)
                    defer { proxy.close() }
                    let environment = kafka.merging(salesforce) { $1 }
                        .merging(Self.ownSettings(proxy)) { $1 }
                    try await migrate(environment)
                    try await withClients(partitions, broker, postgres, proxy, environment, body)
                }
            }
        }
    }

    private static func ownSettings(_ proxy: PostgresProxy) -> [String: String] {
        let inherited = ["PATH", "HOME", "LD_LIBRARY_PATH", "TMPDIR"]
        return ProcessInfo.processInfo.environment.filter { inherited.contains($0.key) }.merging([
            "DATABASE_URL": "postgresql://postgres@127.0.0.1:\(proxy.port)/postgres",
            "OPS_HOST": "127.0.0.1", "OPS_PORT": "0", "SYNC_INTERVAL": "24h",
            // The broker gives every rebalance the session's time less a second, and needs more than
            // three to let a member join.
            "KAFKA_PROPERTIES_SESSION_TIMEOUT_MS": "4000",
            "KAFKA_PROPERTIES_HEARTBEAT_INTERVAL_MS": "200",
            "TOKEN_ENCRYPTION_KEYS": "k1:" + Data(repeating: 9, count: 32).base64EncodedString(),
        ]) { $1 }
    }

    /// A pretend neighbour of the service's own, with the settings it tells.
    private func withSandbox(
        _ name: String,
        _ options: [String],
        _ body: @escaping @Sendable (ChildProcess, [String: String]) async throws -> Void
    ) async throws {
        let child = try await ChildProcess.start(
            name,
            [program, "sandbox", name] + options,
            environment: ProcessInfo.processInfo.environment,
            directory: directory
        )
        try await child.mustOutlive {
            // The settings end with a remark.
            let lines = try await child.first { lines in
                lines.firstIndex { $0.hasPrefix("#") }.map { lines[..<$0] }
            }
            let settings = lines.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
            try await body(child, Dictionary(settings.map { ($0[0], $0.last ?? "") }) { $1 })
        }
    }

    private func withPostgres(_ body: (ThrowawayPostgres) async throws -> Void) async throws {
        var options = ThrowawayPostgres.Options()
        options.durable = true
        options.port = 0
        let postgres = try await ThrowawayPostgres.start(options)
        do {
            try await body(postgres)
        } catch {
            await postgres.stop()
            throw error
        }
        await postgres.stop()
    }

    private func migrate(_ environment: [String: String]) async throws {
        let child = try await ChildProcess.start(
            "migrate",
            [program, "migrate"],
            environment: environment,
            directory: directory
        )
        guard try await child.ended() == .exited(0) else {
            throw ChaosError("migrate: \(child.lastLine ?? "failed")")
        }
    }

    private func withClients(
        _ partitions: Int,
        _ broker: ChildProcess,
        _ postgres: ThrowawayPostgres,
        _ proxy: PostgresProxy,
        _ environment: [String: String],
        _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        let http = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: .init(redirectConfiguration: .disallow)
        )
        let logger = Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() }
        let world = World(
            stage: self,
            partitions: partitions,
            broker: broker,
            postgres: postgres,
            proxy: proxy,
            salesforce: SalesforceConsole(
                address: environment["SALESFORCE_LOGIN_URL"] ?? "",
                http: http
            ),
            environment: environment,
            pool: PostgresPool(try PostgresConfiguration(url: postgres.url), logger: logger),
            http: http,
            witness: try Witness(environment: environment, partitions: partitions)
        )
        do {
            try await serve(world, body)
        } catch {
            try keepEvidence(of: world)
            try await http.shutdown()
            throw error
        }
        if !trial.report.hasPassed { try keepEvidence(of: world) }
        try await http.shutdown()
    }

    /// What would be gone with the neighbours, for whoever looks into a failure.
    private func keepEvidence(of world: World) throws {
        try world.ledger.write(to: "\(directory)/ledger.txt")
        try FileManager.default.copyItem(
            atPath: "\(world.postgres.directory)/server.log",
            toPath: "\(directory)/postgres.log"
        )
    }

    private func serve(
        _ world: World,
        _ body: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await world.pool.run() }
            group.addTask { try await world.witness.run() }
            group.addTask {
                try await body(world)
                world.witness.close()
                world.pool.close()
            }
            do {
                try await group.waitForAll()
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }
}

extension ChildProcess {
    /// Runs the body, fails where the process ends before, and kills it in the end.
    fileprivate func mustOutlive(_ body: @escaping @Sendable () async throws -> Void) async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await body() }
                group.addTask {
                    let ending = try await self.ended()
                    throw ChaosError("the \(self.name) \(ending.text)")
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            await stop()
            throw error
        }
        await stop()
    }
}
