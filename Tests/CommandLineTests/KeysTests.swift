import Domain
import Fixtures
import Foundation
import Glibc
import Postgres
import Testing

@testable import Store

/// Changing keys as operations do it: real processes on a real database.
@Suite(.timeLimit(.minutes(2)))
struct KeysTests {
    private static let old = keys("k", 7)
    private static let new = keys("k2", 8)
    private static let both = "\(new),\(old)"
    private static let missing =
        "integration-worker: TOKEN_ENCRYPTION_KEYS: grants are encrypted with the key k, which is "
        + "missing; add it after the current one\n"
    private static let wrong =
        "integration-worker: TOKEN_ENCRYPTION_KEYS: the key k does not decrypt the grants that were "
        + "encrypted with it, it is another system's or was changed; "
        + "put back the key they were encrypted with\n"

    @Test func aKeyIsChangedInThreeSteps() async throws {
        try await withNeighbours { neighbours in
            let settings = neighbours.settings
            _ = try await Program.run(["migrate"], environment: settings)
            try await Self.insertGrants(3, try #require(settings["DATABASE_URL"]))
            #expect(try await Self.starts(settings, keys: Self.both))

            // Too early.
            let refused = try await Self.run(["run"], settings, keys: Self.new)
            #expect(refused.status == 78)
            #expect(refused.errors == Self.missing)

            let rotated = try await Self.run(["keys", "rotate"], settings, keys: Self.both)
            #expect(rotated.status == 0)
            #expect(
                rotated.output == """
                    3 grants, 0 attempts and 0 revocations are now encrypted with k2
                    k is no longer used; take it out of TOKEN_ENCRYPTION_KEYS once every worker runs \
                    with k2 first

                    """
            )
            #expect(rotated.errors == "3 of 3\n")
            #expect(try await Self.starts(settings, keys: Self.new))
        }
    }

    @Test func keysAreListedWithWhatTheyEncrypt() async throws {
        try await withMigrated { settings in
            try await Self.insertGrants(1, try #require(settings["DATABASE_URL"]))
            let before = try await Self.run(["keys", "list"], settings, keys: Self.both)
            #expect(
                before.output == """
                    k2  current  not used
                    k   earlier  1 grant, 0 attempts and 0 revocations

                    """
            )
            let missing = try await Self.run(["keys"], settings, keys: Self.new)
            #expect(missing.status == 0)
            #expect(missing.output.contains("k   missing  1 grant, "))

            let rotated = try await Self.run(
                ["keys", "rotate", "--json"],
                settings,
                keys: Self.both
            )
            #expect(
                rotated.output == """
                    {"key":"k2","grants":1,"attempts":0,"revocations":0,"requests":0,"unused":["k"]}

                    """
            )
            #expect(rotated.errors.isEmpty)
            let again = try await Self.run(["keys", "rotate"], settings, keys: Self.new)
            #expect(again.output == "nothing was encrypted with another key than k2\n")
            let after = try await Self.run(["keys", "list", "--json"], settings, keys: Self.both)
            #expect(
                after.output == """
                    {"id":"k2","configured":true,"current":true,"grants":1,"attempts":0,"revocations":0,"requests":0}
                    {"id":"k","configured":true,"current":false,"grants":0,"attempts":0,"revocations":0,"requests":0}

                    """
            )
        }
    }

    @Test(arguments: [(new, missing), ("\(new),\(keys("k", 9))", wrong)])
    func aKeyThatIsMissingOrWrongEndsWith78AndOneLine(_ keys: String, _ line: String) async throws {
        try await withMigrated { settings in
            try await Self.insertGrants(5, try #require(settings["DATABASE_URL"]))
            for command in [["run"], ["keys", "rotate"]] {
                let ending = try await Self.run(command, settings, keys: keys)
                #expect(ending.status == 78)
                #expect(ending.output.isEmpty)
                #expect(ending.errors == line)
            }
            let check = try await Self.run(["check"], settings, keys: keys)
            #expect(check.status == 1)
            let finding = line.replacing("integration-worker: ", with: "✗ keys           ")
            #expect(check.output.contains(finding))
        }
    }

    @Test func aDatabaseWithoutItsTablesIsNamed() async throws {
        try await withDatabase { url in
            let ending = try await Self.run(
                ["keys", "rotate"],
                Self.settings(url),
                keys: Self.both
            )
            #expect(ending.status == 1)
            #expect(ending.errorLines.count == 1)
            #expect(ending.errors.hasSuffix("run: integration-worker migrate\n"))
        }
    }

    // MARK: - Fixtures

    private static func keys(_ id: String, _ byte: UInt8) -> String {
        "\(id):\(Data(repeating: byte, count: 32).base64EncodedString())"
    }

    private func withMigrated(_ body: ([String: String]) async throws -> Void) async throws {
        try await withDatabase { url in
            let settings = Self.settings(url)
            let migrated = try await Program.run(["migrate"], environment: settings)
            try #require(migrated.status == 0, "\(migrated.errors)")
            try await body(settings)
        }
    }

    /// Everything a worker needs but a broker.
    private static func settings(_ url: String) -> [String: String] {
        [
            "DATABASE_URL": url, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            "KAFKA_PROPERTIES_SOCKET_CONNECTION_SETUP_TIMEOUT_MS": "1000",
            "SALESFORCE_CLIENT_ID": "id", "SALESFORCE_CLIENT_SECRET": "secret",
            "SALESFORCE_LOGIN_URL": "http://127.0.0.1:1",
            "REDIRECT_URIS": "http://127.0.0.1/callback",
        ]
    }

    /// Runs a command to its end, and looks that it shows neither key nor token.
    private static func run(
        _ command: [String],
        _ settings: [String: String],
        keys: String
    ) async throws -> Program.Ending {
        let ending = try await Program.run(
            command,
            environment: settings.merging(["TOKEN_ENCRYPTION_KEYS": keys]) { $1 }
        )
        let secrets = keys.split(separator: ",").map { $0.drop { $0 != ":" }.dropFirst() }
        for secret in secrets + ["plain"] {
            #expect(!ending.output.contains(secret) && !ending.errors.contains(secret))
        }
        return ending
    }

    /// Whether a worker comes as far as to listen; it is ended again.
    private static func starts(_ settings: [String: String], keys: String) async throws -> Bool {
        let worker = try Program.start(
            ["run"],
            environment: settings.merging(["TOKEN_ENCRYPTION_KEYS": keys]) { $1 }
        )
        let line = await worker.line(with: "\"ops server listens\"")
        worker.signal(SIGTERM)
        return await worker.ended() == 0 && line != nil
    }

    private static func insertGrants(_ count: Int, _ url: String) async throws {
        let cipher = try TokenCipher(keys: old)
        try await withPool(url: url) { pool in
            for number in 0..<count {
                let id = UUID()
                let name = "provider_grant/acme/\(id.uuidString.lowercased())"
                let access = try cipher.seal(Secret("plain-access"), for: "\(name)/access")
                let refresh = try cipher.seal(Secret("plain-refresh"), for: "\(name)/refresh")
                _ = try await pool.query(
                    """
                    INSERT INTO provider_grant (company_id, id, provider, organization_id, account_id,
                        state, generation, login_url, instance_url, identity_url, key_id,
                        access_token, refresh_token)
                    SELECT 'acme', \(id), 'salesforce', '00D', \(String(number)), 'active', 1, '', '', '',
                        'k', \(access), \(refresh)
                    """
                )
            }
        }
    }
}
