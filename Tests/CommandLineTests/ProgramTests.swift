import Foundation
import Glibc
import Testing

/// What a shell sees of the program: exit codes, and one line for each fault.
@Suite(.timeLimit(.minutes(1)))
struct ProgramTests {
    @Test(arguments: [
        [], ["run"], ["migrate"], ["check"], ["demo"], ["watch"], ["request"],
        ["request", "enable"], ["request", "authorize"], ["request", "disable"],
        ["request", "sync"], ["sandbox"], ["sandbox", "salesforce"], ["sandbox", "broker"],
        ["sandbox", "postgres"], ["keys"], ["keys", "list"], ["keys", "rotate"],
        ["status"], ["explain"],
    ])
    func helpIsThere(_ command: [String]) async throws {
        let ending = try await Program.run(command + ["--help"])
        #expect(ending.status == 0)
        #expect(ending.output.hasPrefix("OVERVIEW: "))
        #expect(ending.output.contains("USAGE: integration-worker"))
        #expect(ending.errors.isEmpty)
    }

    @Test func versionIsANumber() async throws {
        let ending = try await Program.run(["--version"])
        #expect(ending.status == 0)
        #expect(ending.output.contains(/^\d+\.\d+\.\d+\n$/))
    }

    @Test(arguments: [
        ["nothing"], ["run", "--fast"], ["request", "authorize", "--company", "acme"],
        ["request", "sync"], ["request", "enable", "--company", "a", "--user", "u"],
        ["sandbox", "broker", "--partitions", "0"],
        ["request", "sync", "--company", "a", "--timeout", "soon"],
        ["explain"], ["explain", "acme", "--task", "00T1"], ["status", "--provider", ""],
    ])
    func wrongUsageEndsWith64(_ command: [String]) async throws {
        let ending = try await Program.run(command)
        #expect(ending.status == 64)
        #expect(ending.output.isEmpty)
        #expect(ending.errors.hasPrefix("Error: "))
    }

    @Test(arguments: [
        (["run"], "KAFKA_BOOTSTRAP_SERVERS"), (["migrate"], "DATABASE_URL"),
        (["watch"], "KAFKA_BOOTSTRAP_SERVERS"), (["keys"], "TOKEN_ENCRYPTION_KEYS"),
        (["keys", "rotate"], "TOKEN_ENCRYPTION_KEYS"), (["status"], "DATABASE_URL"),
        (["explain", "acme"], "DATABASE_URL"),
        (["request", "sync", "--company", "acme"], "KAFKA_BOOTSTRAP_SERVERS"),
    ])
    func missingSettingEndsWith78AndOneLine(_ command: [String], _ key: String) async throws {
        let ending = try await Program.run(command)
        #expect(ending.status == 78)
        #expect(ending.output.isEmpty)
        #expect(ending.errorLines.count == 1)
        #expect(ending.errors.hasPrefix("integration-worker: \(key): missing; "))
    }

    @Test func unknownPropertyEndsWith78AndOneLine() async throws {
        let ending = try await Program.run(
            ["watch"],
            environment: [
                "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "KAFKA_PROPERTIES_NO_SUCH": "x",
            ]
        )
        #expect(ending.status == 78)
        #expect(ending.errorLines.count == 1)
        #expect(ending.errors.contains("no.such"))
    }

    @Test func unreachableDatabaseEndsWith69AndOneLine() async throws {
        let ending = try await Program.run(
            ["migrate"],
            environment: ["DATABASE_URL": "postgresql://worker:geheim@127.0.0.1:1/x"]
        )
        #expect(ending.status == 69)
        #expect(ending.errorLines.count == 1)
        #expect(ending.errors.contains("look at DATABASE_URL"))
        #expect(!ending.errors.contains("geheim"))
    }

    @Test func unreachableBrokerEndsWith69AndOneLine() async throws {
        let ending = try await Program.run(
            ["watch"],
            environment: ["KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "LOG_LEVEL": "critical"]
        )
        #expect(ending.status == 69)
        #expect(ending.errorLines.count == 1)
        #expect(ending.errors.contains("127.0.0.1:1"))
    }

    @Test(arguments: ["broker", "salesforce", "postgres"])
    func sandboxOnATakenPortEndsWith69AndOneLine(_ name: String) async throws {
        try await withTakenPort { port in
            let ending = try await Program.run(["sandbox", name, "--port", String(port)])
            #expect(ending.status == 69)
            #expect(ending.output.isEmpty)
            #expect(ending.errorLines.count == 1, "\(ending.errors)")
        }
    }

    @Test func malformedCallbackEndsWith65AndDoesNotShowTheCode() async throws {
        let ending = try await Program.run([
            "request", "authorize", "--company", "acme", "--callback-url",
            "https://d.example/cb?code=geheim%2",
        ])
        #expect(ending.status == 65)
        #expect(ending.errorLines.count == 1)
        #expect(!ending.errors.contains("geheim"))
    }

    @Test func checkNamesEverythingThatIsMissing() async throws {
        let ending = try await Program.run(["check", "--json"])
        #expect(ending.status == 1)
        let report = try JSONDecoder().decode(Report.self, from: Data(ending.output.utf8))
        #expect(!report.ok)
        #expect(report.checks.map(\.name) == ["configuration", "broker", "database", "keys"])
        #expect(report.checks.allSatisfy { !$0.ok && $0.remedy?.isEmpty == false })
    }

    /// Lends a port that somebody listens on.
    private func withTakenPort(_ body: (UInt16) async throws -> Void) async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) | listen(listener, 1)
                    | getsockname(listener, $0, &length)
            }
        }
        try #require(code == 0)
        try await body(UInt16(bigEndian: address.sin_port))
    }

    private struct Report: Decodable {
        var ok: Bool
        var checks: [Check]

        struct Check: Decodable {
            var name: String
            var ok: Bool
            var remedy: String?
        }
    }
}
