import Foundation
import Testing

@testable import integration_worker

@Suite(.timeLimit(.minutes(1)))
struct SettingsSourceTests {
    @Test(arguments: [
        (
            "yaml",
            """
            KAFKA_BOOTSTRAP_SERVERS: kafka:9092
            OPS_PORT: 9090
            SYNC_INTERVAL: 5m
            REDIRECT_URIS:
              - https://a.example/cb
              - https://b.example/cb
            KAFKA_PROPERTIES_SECURITY_PROTOCOL: ssl
            KAFKA_PROPERTIES_FETCH_WAIT_MAX_MS: 10
            """
        ),
        (
            "json",
            """
            {"KAFKA_BOOTSTRAP_SERVERS":"kafka:9092","OPS_PORT":9090,"SYNC_INTERVAL":"5m",
             "REDIRECT_URIS":["https://a.example/cb","https://b.example/cb"],
             "KAFKA_PROPERTIES_SECURITY_PROTOCOL":"ssl","KAFKA_PROPERTIES_FETCH_WAIT_MAX_MS":10}
            """
        ),
    ])
    func fileHasTheSameKeys(_ ending: String, _ text: String) async throws {
        try await withFile(ending, text) { path in
            let source = try await SettingsSource(file: path, environment: [:])
            #expect(source.text("KAFKA_BOOTSTRAP_SERVERS") == "kafka:9092")
            #expect(try source.number("OPS_PORT", default: 1, in: 0...65_535) == 9090)
            #expect(try source.duration("SYNC_INTERVAL", default: .zero) == .seconds(300))
            #expect(
                source.list("REDIRECT_URIS") == ["https://a.example/cb", "https://b.example/cb"]
            )
            #expect(
                try KafkaSettings(source).properties
                    == ["security.protocol": "ssl", "fetch.wait.max.ms": "10"]
            )
        }
    }

    @Test func environmentGoesBeforeTheFile() async throws {
        try await withFile("yaml", "OPS_PORT: 9090\nOPS_HOST: file.example") { path in
            let source = try await SettingsSource(
                file: nil,
                environment: ["CONFIG_FILE": path, "OPS_PORT": "7070"]
            )
            #expect(source.text("OPS_PORT") == "7070")
            #expect(source.text("OPS_HOST") == "file.example")
        }
    }

    @Test func optionGoesBeforeTheVariable() async throws {
        try await withFile("yaml", "OPS_HOST: option.example") { path in
            let source = try await SettingsSource(
                file: path,
                environment: ["CONFIG_FILE": "/not/there.yaml"]
            )
            #expect(source.text("OPS_HOST") == "option.example")
        }
    }

    @Test(arguments: [
        ("yaml", "[1, 2"), ("json", "{\"geheim\": "), ("toml", "a = 1"), ("yaml", "geheim: [a: b"),
    ])
    func unreadableFileIsNamedWithoutItsContent(_ ending: String, _ text: String) async throws {
        try await withFile(ending, text) { path in
            let error = await #expect(throws: SettingsError.self) {
                try await SettingsSource(file: path, environment: [:])
            }
            #expect(error?.key == "--config")
            #expect(error?.description.contains("geheim") == false)
        }
    }

    @Test func missingFileIsNamed() async throws {
        let error = await #expect(throws: SettingsError.self) {
            try await SettingsSource(file: nil, environment: ["CONFIG_FILE": "/not/there.yaml"])
        }
        #expect(error?.key == "CONFIG_FILE")
        #expect(error?.problem == "/not/there.yaml cannot be read")
    }

    @Test(arguments: ["geheim", "geheim\n", "geheim\r\n\n"])
    func secretInAFileLosesItsLineBreaks(_ content: String) async throws {
        try await withFile("txt", content) { path in
            let source = try await SettingsSource(
                file: nil,
                environment: [
                    "DATABASE_URL_FILE": path, "KAFKA_PROPERTIES_SASL_PASSWORD_FILE": path,
                ]
                .merging(["KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"]) { $1 }
            )
            #expect(try source.secret("DATABASE_URL") == "geheim")
            #expect(try KafkaSettings(source).properties == ["sasl.password": "geheim"])
        }
    }

    @Test func secretAndItsFileExcludeEachOther() async throws {
        try await withFile("txt", "geheim") { path in
            let source = try await SettingsSource(
                file: nil,
                environment: ["DATABASE_URL_FILE": path, "DATABASE_URL": "geheim"]
            )
            let error = #expect(throws: SettingsError.self) { try source.secret("DATABASE_URL") }
            #expect(error?.key == "DATABASE_URL")
            #expect(error?.problem == "set beside DATABASE_URL_FILE")
        }
    }

    @Test func emptyOrMissingSecretFileIsNamed() async throws {
        try await withFile("txt", "\n") { path in
            for path in [path, "/not/there"] {
                let source = try await SettingsSource(
                    file: nil,
                    environment: ["TOKEN_ENCRYPTION_KEYS_FILE": path]
                )
                let error = #expect(throws: SettingsError.self) {
                    try source.secret("TOKEN_ENCRYPTION_KEYS")
                }
                #expect(error?.key == "TOKEN_ENCRYPTION_KEYS_FILE")
            }
        }
    }

    @Test func onlySecretPropertiesAreReadFromFiles() async throws {
        let source = try await SettingsSource(
            file: nil,
            environment: [
                "KAFKA_BOOTSTRAP_SERVERS": "kafka:9092",
                "KAFKA_PROPERTIES_SASL_OAUTHBEARER_ASSERTION_PRIVATE_KEY_FILE": "/keys/a.pem",
            ]
        )
        #expect(
            try KafkaSettings(source).properties
                == ["sasl.oauthbearer.assertion.private.key.file": "/keys/a.pem"]
        )
    }

    private func withFile(
        _ ending: String,
        _ text: String,
        _ body: (String) async throws -> Void
    ) async throws {
        let path = "\(NSTemporaryDirectory())settings-\(UUID().uuidString).\(ending)"
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { unlink(path) }
        try await body(path)
    }
}
