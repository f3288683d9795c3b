import Fixtures
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PostgresConfigurationTests {
    @Test(arguments: [
        ("mysql://user:hunter2@host/db", "postgresql://"),
        ("postgresql://user:hunter2@host/db?nonsense=1", "nonsense"),
        ("postgresql://user:hunter2@host:port/db", "port"),
        ("postgresql://user:hun/ter2@host/db", "unescaped"),
        ("postgresql://user:hunter2%zz@host/db", "percent"),
        ("postgresql://user:1/hunter2@host/db", "unescaped"),
    ])
    func badURLIsRefusedWithoutThePassword(url: String, hint: String) throws {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error?.description.contains(hint) == true)
        #expect(error?.description.contains("ter2") == false)
    }

    @Test func descriptionHasNoPassword() throws {
        let configuration = try PostgresConfiguration(url: "postgresql://user:hunter2@host/db")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(!"\(configuration) \(String(reflecting: configuration))".contains("hunter2"))
    }

    @Test func unreachableServerIsNamedWhenTheWaitIsOver() async throws {
        try await withPool(
            url: "postgresql://postgres:hunter2@127.0.0.1:1/x",
            { $0.acquireTimeout = .milliseconds(200) }
        ) { pool in
            try await eventually("it was tried") { pool.status.lastError != nil }
            let error = await #expect(throws: PostgresError.self) {
                try await pool.query("SELECT 1")
            }
            #expect(error?.code == .poolExhausted)
            #expect(error?.reason.contains("Connection refused") == true)
            #expect(error?.description.contains("hunter2") == false)
            #expect(pool.status.lastError?.contains("Connection refused") == true)
        }
    }

    @Test func applicationNameIsShown() async throws {
        try await withPool({ $0.applicationName = "room" }) { pool in
            let rows = try await pool.query("SHOW application_name")
            #expect(try rows[0].decode(0, as: String.self) == "room")
        }
    }
}
