import Domain
import Fixtures
import FoundationEssentials
import Kafka
import Logging
import Postgres
import Runtime
import Store
import Synchronization
import Testing

/// Nothing that opens somebody's account ever leaves the one place it belongs in.
@Suite(.timeLimit(.minutes(1)))
struct SecretsTests {
    @Test func wholeStoryLeavesNoSecretInLogsEventsOrTables() async throws {
        let log = RecordedLog()
        var logger = Logger(label: "test") { _ in log }
        logger.logLevel = .trace
        try await withWorld(logger: logger) { world in
            try await world.turnOn()
            let (mine, somebodyElses) = (try await world.hire(tasks: 3), try await world.hire())
            let wrong = try await world.connect(
                "user",
                user: "u-7",
                role: "user",
                account: somebodyElses,
                expected: mine
            )
            #expect(wrong.field("reason") == "account-mismatch")
            let account = mine
            _ = try await world.join("u-7", account: account)
            let before = try await secrets(of: world)
            try await world.control("POST", "/sandbox/tokens/expire", "{\"user\":\"\(account)\"}")
            _ = try await world.sync("u-7")
            try await world.control("POST", "/sandbox/grants/revoke", "{\"user\":\"\(account)\"}")
            _ = try await world.sync("u-7")
            let denied = try await world.browse(as: account, user: "u-8")
            _ = try await world.authorize([
                "state": denied["state"] ?? "", "error": "access_denied",
            ])
            _ = try await world.authorize(["state": "of-nobody", "code": denied["code"] ?? ""])
            _ = try await world.disable("company", user: "owner", role: "owner", erase: true)
            try await world.publish("sync-request", key: nil, value: Array("not JSON".utf8))
            let overTheWire = try await world.secretsOverTheWire()
            // Three log-ins at least: codes and their verifiers, and two tokens each.
            #expect(overTheWire.count >= 4 * 3)
            let secrets = before.union(overTheWire).union(try await secrets(of: world))
                .union(["sandbox-secret"]).filter { !$0.isEmpty }
            #expect(secrets.count >= 5)

            let events = world.neighbour.received.map { received in
                String(decoding: received.record.value ?? [], as: UTF8.self)
                    + received.record.headers.map {
                        String(decoding: $0.value ?? [], as: UTF8.self)
                    }
                    .joined(separator: " ")
            }
            let places = [
                "the log": log.text, "an event": events.joined(separator: "\n"),
                "the status": String(reflecting: world.worker.status),
                "a table": try await dump(world.pool),
            ]
            #expect(log.text.count > 1000)
            for (place, text) in places {
                for secret in secrets where text.contains(secret) {
                    Issue.record("a secret of \(secret.count) characters stands in \(place)")
                }
            }
        }
    }

    @Test func codeThatWaitsInTheDatabaseIsEncryptedAndStillGood() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let account = try await world.hire(tasks: 1)
        let back = try await world.browse(as: account)
        try await world.fail("/services/oauth2/token", of: account)
        async let outcome = world.authorize(back)
        let code = try #require(back["code"])
        try await eventually("the request waits in the database") {
            let rows = try await world.pool.query(
                "SELECT record FROM inbox WHERE company_id = \(world.company) AND state = 'parked'"
            )
            for row in rows {
                let record = try row.decode("record", as: [UInt8].self)
                #expect(!String(decoding: record, as: UTF8.self).contains(code))
            }
            return !rows.isEmpty
        }
        #expect(try await outcome.type == "integration.enabled.v1")
    }

    /// The tokens this service holds, decrypted, in clear and as hexadecimal digits.
    private func secrets(of world: World) async throws -> Set<String> {
        var secrets: Set<String> = []
        let company = try #require(CompanyID(rawValue: world.company))
        for row in try await world.pool.query("SELECT id FROM provider_grant") {
            let id = try row.decode("id", as: UUID.self)
            guard let grant = try await world.store.grant(id, of: company) else { continue }
            for secret in [grant.tokens.access, grant.tokens.refresh].compactMap(\.self) {
                secrets.insert(secret.reveal())
                secrets.insert(
                    secret.reveal().utf8.map { byte in
                        (byte < 16 ? "0" : "") + String(byte, radix: 16)
                    }.joined()
                )
            }
        }
        return secrets
    }

    /// Every row of every table as text.
    private func dump(_ pool: PostgresPool) async throws -> String {
        var text = ""
        for row in try await pool.query(
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'"
        ) {
            let table = try row.decode("name", as: String.self)
            for row in try await pool.query("SELECT t::text AS row FROM \(unescaped: table) AS t") {
                text += try row.decode("row", as: String.self) + "\n"
            }
        }
        return text
    }
}

/// Keeps every line, at every level.
private final class RecordedLog: LogHandler {
    private let lines = Mutex("")

    var text: String { lines.withLock(\.self) }

    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set { lines.withLock { $0 += "\(key)=\(newValue.map { "\($0)" } ?? "")\n" } }
    }

    func log(event: LogEvent) {
        let error = event.error.map { "\($0)" } ?? ""
        let metadata = event.metadata.map { "\($0)" } ?? ""
        lines.withLock { $0 += "\(event.message) \(metadata) \(error)\n" }
    }
}

extension World {
    /// Every token, code, verifier and secret Salesforce ever gave out or was sent.
    fileprivate func secretsOverTheWire() async throws -> Set<String> {
        let answer = try await control("GET", "/sandbox/secrets")
        return Set(
            try JSONDecoder().decode([String: [String]].self, from: Data(answer.utf8))["secrets"]
                ?? []
        )
    }
}
