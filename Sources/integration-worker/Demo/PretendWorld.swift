import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// The addresses of a demo's processes.
struct PretendWorld: Sendable {
    let kafka: KafkaSettings
    let databaseURL: String
    let salesforce: String
    let ops: String
    /// Everything a worker needs, as environment variables.
    let settings: [String: String]
    let redirectURI: String
}

extension PretendWorld {
    /// Starts broker, database, Salesforce and worker, each in a process of its own.
    static func start(on stage: Stage, _ screen: Screen, http: HTTPClient) async throws
        -> PretendWorld
    {
        var settings = [
            "TOKEN_ENCRYPTION_KEYS": "demo:\(Data(randomKey()).base64EncodedString())",
            "OPS_HOST": "127.0.0.1", "OPS_PORT": "0", "LOG_FORMAT": "json",
        ]
        for (title, name) in [
            ("Kafka, librdkafka's mock cluster", "broker"), ("PostgreSQL, throw-away", "postgres"),
            ("Salesforce, simulated", "salesforce"),
        ] {
            let found = try await screen.step(title, detail: address) {
                variables(in: try await stage.start(name, ["sandbox", name], isReady: isExplained))
            }
            settings.merge(found) { $1 }
        }
        _ = try await screen.step("integration-worker migrate", detail: lastLine) { [settings] in
            try await stage.run("migrate", ["migrate"], settings: settings)
        }
        let ops = try await screen.step("integration-worker run", detail: ready) { [settings] in
            try await runWorker(on: stage, settings, http)
        }
        let source = try await SettingsSource(file: nil, environment: settings)
        return PretendWorld(
            kafka: try KafkaSettings(source),
            databaseURL: settings["DATABASE_URL"] ?? "",
            salesforce: settings["SALESFORCE_LOGIN_URL"] ?? "",
            ops: ops,
            settings: settings,
            redirectURI: settings["REDIRECT_URIS"] ?? ""
        )
    }

    /// Returns the address of its ops server, once that says it is ready.
    private static func runWorker(
        on stage: Stage,
        _ settings: [String: String],
        _ http: HTTPClient
    ) async throws -> String {
        let lines = try await stage.start("worker", ["run"], settings: settings) { lines in
            lines.contains { opsAddress(in: $0) != nil }
        }
        let address = lines.lazy.compactMap { opsAddress(in: $0) }.first ?? ""
        try await Deadline.wait(for: "the worker's readiness", atMost: .seconds(30)) {
            try await becomeReady(address, http)
        }
        return address
    }

    private static func ready(_ address: String) -> String { "ready, \(address)" }

    /// A pretend neighbour writes its settings, then how to use it.
    @Sendable private static func isExplained(_ lines: [String]) -> Bool {
        lines.contains { $0.hasPrefix("#") }
    }

    private static func variables(in lines: [String]) -> [String: String] {
        var variables: [String: String] = [:]
        for line in lines where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { variables[parts[0]] = parts[1] }
        }
        return variables
    }

    private static func address(_ variables: [String: String]) -> String {
        ["KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "SALESFORCE_LOGIN_URL"]
            .lazy.compactMap { variables[$0] }.first ?? ""
    }

    @Sendable private static func opsAddress(in line: String) -> String? {
        JSONTree(bytes: Array(line.utf8))?["ops.address"]?.text
    }

    private static func becomeReady(_ address: String, _ http: HTTPClient) async throws {
        while true {
            let response = try await http.execute(
                HTTPClientRequest(url: "\(address)/ready"),
                timeout: .seconds(5)
            )
            _ = try await response.body.collect(upTo: 1 << 16)
            if response.status == .ok { return }
            try await Task.sleep(for: .milliseconds(25))
        }
    }

    private static func lastLine(_ lines: [String]) -> String { lines.last ?? "" }

    private static func randomKey() -> [UInt8] {
        (0..<32).map { _ in UInt8.random(in: .min ... .max) }
    }
}
