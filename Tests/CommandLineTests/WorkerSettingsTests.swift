import CryptoExtras
import Foundation
import Logging
import Salesforce
import Store
import Testing

@testable import integration_worker

/// Every key: what it is read as, and the one line that names a fault.
@Suite(.timeLimit(.minutes(1)))
struct WorkerSettingsTests {
    static let key = Data(repeating: 7, count: 32).base64EncodedString()
    static let complete = [
        "KAFKA_BOOTSTRAP_SERVERS": "kafka-1:9092,kafka-2:9092",
        "DATABASE_URL": "postgresql://worker:geheim@db:5432/integrations",
        "SALESFORCE_CLIENT_ID": "consumer-key", "SALESFORCE_CLIENT_SECRET": "consumer-secret",
        "REDIRECT_URIS": "https://dashboard.example/callback",
        "TOKEN_ENCRYPTION_KEYS": "k1:\(key)",
    ]

    @Test func defaultsAreThoseOfTheContract() async throws {
        let settings = try await read(Self.complete)
        #expect(settings.groupID == "integration-worker")
        #expect(settings.kafka.topicPrefix == "")
        #expect(settings.kafka.properties == [:])
        #expect(settings.salesforce.loginURL == "https://login.salesforce.com")
        #expect(
            settings.salesforce.allowedHosts.map(\.description)
                == ["login.salesforce.com", "test.salesforce.com", "*.my.salesforce.com"]
        )
        #expect(settings.salesforce.assertionKey == nil)
        #expect(settings.salesforce.tokenTimeout == .seconds(20))
        #expect(settings.maximumInFlight == 256)
        #expect(settings.syncInterval == .seconds(900))
        #expect(settings.opsHost == "0.0.0.0")
        #expect(settings.opsPort == 8080)
        #expect(settings.logs.level == .info)
        #expect(settings.logs.format == .json)
        #expect(settings.cipher.currentKeyID == "k1")
    }

    @Test func everyKeyIsRead() async throws {
        let settings = try await read([
            "KAFKA_GROUP_ID": "group", "TOPIC_PREFIX": "eu.",
            "SALESFORCE_LOGIN_URL": "http://127.0.0.1:4000",
            "SALESFORCE_ALLOWED_HOSTS": "127.0.0.1:*, *.my.salesforce.com",
            "SALESFORCE_TOKEN_TIMEOUT": "5s",
            "REDIRECT_URIS": "https://a.example/cb, http://127.0.0.1/callback",
            "TOKEN_ENCRYPTION_KEYS": "k2:\(Self.key),k1:\(Self.key)",
            "WORKER_MAX_IN_FLIGHT": "12", "SYNC_INTERVAL": "1h30m", "OPS_HOST": "127.0.0.1",
            "OPS_PORT": "0", "LOG_LEVEL": "DEBUG", "LOG_FORMAT": "console",
            "KAFKA_PROPERTIES_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_PROPERTIES_SASL_PASSWORD": "geheim",
        ])
        #expect(settings.groupID == "group")
        #expect(settings.kafka.topicPrefix == "eu.")
        #expect(
            settings.kafka.properties
                == ["security.protocol": "SASL_SSL", "sasl.password": "geheim"]
        )
        #expect(
            settings.salesforce.allowedHosts.map(\.description)
                == ["127.0.0.1:*", "*.my.salesforce.com"]
        )
        #expect(
            settings.redirectURIs == ["https://a.example/cb", "http://127.0.0.1/callback"]
        )
        #expect(settings.salesforce.tokenTimeout == .seconds(5))
        #expect(settings.cipher.currentKeyID == "k2")
        #expect(settings.maximumInFlight == 12)
        #expect(settings.syncInterval == .seconds(5400))
        #expect(settings.opsPort == 0)
        #expect(settings.logs.level == .debug)
        #expect(settings.logs.format == .console)
    }

    @Test(arguments: [
        "KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "SALESFORCE_CLIENT_ID",
        "SALESFORCE_CLIENT_SECRET", "REDIRECT_URIS", "TOKEN_ENCRYPTION_KEYS",
    ])
    func missingKeyIsNamed(_ key: String) async throws {
        for value in [nil, ""] {
            let error = try #require(await fault([key: value]))
            #expect(error.key == key)
            #expect(error.problem == "missing")
            #expect(!error.remedy.isEmpty)
        }
    }

    @Test(arguments: [
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka"), ("KAFKA_BOOTSTRAP_SERVERS", "kafka:0"),
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092,"), ("KAFKA_BOOTSTRAP_SERVERS", ":9092"),
        ("TOPIC_PREFIX", "a/b"), ("DATABASE_URL", "mysql://db/x"),
        ("SALESFORCE_LOGIN_URL", "login.salesforce.com"),
        ("SALESFORCE_LOGIN_URL", "https://login.salesforce.com/services"),
        ("SALESFORCE_LOGIN_URL", "https://user@login.salesforce.com"),
        ("SALESFORCE_ALLOWED_HOSTS", "*"), ("SALESFORCE_ALLOWED_HOSTS", "https://x.com"),
        ("SALESFORCE_TOKEN_TIMEOUT", "20"), ("SALESFORCE_TOKEN_TIMEOUT", "999ms"),
        ("SALESFORCE_TOKEN_TIMEOUT", "61s"), ("SALESFORCE_JWT_PRIVATE_KEY", "geheim"),
        ("REDIRECT_URIS", "/callback"), ("REDIRECT_URIS", "https://a.example/cb#here"),
        ("REDIRECT_URIS", "https://a.example/cb,ftp://b.example"),
        ("TOKEN_ENCRYPTION_KEYS", "k1:c2hvcnQ="), ("TOKEN_ENCRYPTION_KEYS", "only-text"),
        ("WORKER_MAX_IN_FLIGHT", "0"), ("WORKER_MAX_IN_FLIGHT", "many"),
        ("SYNC_INTERVAL", "15"), ("SYNC_INTERVAL", "500ms"), ("OPS_PORT", "65536"),
        ("OPS_PORT", "-1"), ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"),
    ])
    func malformedKeyIsNamed(_ key: String, _ value: String) async throws {
        let error = try #require(await fault([key: value]))
        #expect(error.key == key)
        #expect(!error.problem.isEmpty && error.problem != "missing")
        #expect(!error.remedy.isEmpty)
        #expect(CommandFailure(error).exitCode == .configuration)
        #expect(!CommandFailure(error).line.contains("\n"))
    }

    @Test func faultOfASecretDoesNotShowIt() async throws {
        let faults = [
            ["DATABASE_URL": "postgresql://worker:geheim@db:notaport/x"],
            ["SALESFORCE_JWT_PRIVATE_KEY": "geheim"],
            ["SALESFORCE_JWT_PRIVATE_KEY": "-----BEGIN PRIVATE KEY-----\ngeheim\n"],
            ["TOKEN_ENCRYPTION_KEYS": "geheim"], ["TOKEN_ENCRYPTION_KEYS": "k1:geheim"],
        ]
        for values in faults {
            let error = try #require(await fault(values.mapValues { $0 }))
            #expect(!error.description.contains("geheim"))
        }
    }

    @Test func privateKeyIsReadFromAVariableOrAFile() async throws {
        let pem = try _RSA.Signing.PrivateKey(keySize: .bits2048).pkcs8PEMRepresentation
        let file = NSTemporaryDirectory() + "assertion-key-\(UUID().uuidString).pem"
        try Data((pem + "\n").utf8).write(to: URL(filePath: file))
        defer { unlink(file) }
        for values in [
            ["SALESFORCE_JWT_PRIVATE_KEY": pem],
            ["SALESFORCE_JWT_PRIVATE_KEY": pem.replacing("\n", with: "\\n")],
            ["SALESFORCE_JWT_PRIVATE_KEY_FILE": file],
        ] {
            let settings = try await read(values)
            #expect(settings.salesforce.assertionKey != nil)
            var shown = ""
            dump(settings.salesforce, to: &shown)
            #expect(!"\(settings.salesforce) \(shown)".contains("PRIVATE"))
        }
    }

    private func fault(_ changes: [String: String?]) async -> SettingsError? {
        var values = Self.complete
        for (key, value) in changes { values[key] = value }
        do throws(SettingsError) {
            _ = try WorkerSettings(try await SettingsSource(file: nil, environment: values))
            return nil
        } catch {
            return error
        }
    }

    private func read(_ changes: [String: String]) async throws -> WorkerSettings {
        try WorkerSettings(
            try await SettingsSource(
                file: nil,
                environment: Self.complete.merging(changes) { $1 }
            )
        )
    }
}
