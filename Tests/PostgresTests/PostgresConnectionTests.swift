import Fixtures
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PostgresConnectionTests {
    @Test func scriptRunsAllItsStatements() async throws {
        try await withPool { pool in
            try await pool.withConnection { connection in
                try await connection.executeScript(
                    "CREATE TABLE a (x int); INSERT INTO a VALUES (1), (2); -- and a comment"
                )
                #expect(try await connection.query("SELECT x FROM a").count == 2)
            }
        }
    }

    @Test func failedScriptLeavesNothing() async throws {
        try await withPool { pool in
            try await pool.withConnection { connection in
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.executeScript("CREATE TABLE a (); SELECT * FROM absent;")
                }
                #expect(error?.sqlState == .undefinedTable)
                let rows = try await connection.query("SELECT to_regclass('a') IS NULL")
                #expect(try rows[0].decode(0, as: Bool.self))
            }
        }
    }

    @Test func sessionStateDoesNotReachTheNextScope() async throws {
        try await withPool({ $0.maximumConnections = 1 }) { pool in
            try await pool.withConnection { connection in
                _ = try await connection.query("SET search_path = elsewhere")
                _ = try await connection.query("SELECT pg_advisory_lock(7)")
                _ = try await connection.query("CREATE TEMP TABLE leftover ()")
                _ = try await connection.query("BEGIN")
            }
            try await pool.withConnection { connection in
                let path = try await connection.query("SHOW search_path")[0].decode(
                    0,
                    as: String.self
                )
                #expect(path == "\"$user\", public")
                let locks = try await connection.query(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
                )
                #expect(try locks[0].decode(0, as: Int.self) == 0)
                let temporary = try await connection.query("SELECT to_regclass('leftover') IS NULL")
                #expect(try temporary[0].decode(0, as: Bool.self))
            }
            _ = try await pool.withTransaction { try await $0.query("SET search_path = elsewhere") }
            let path = try await pool.transaction(["SHOW search_path"])
            #expect(try path[0][0].decode(0, as: String.self) == "\"$user\", public")
        }
    }

    @Test func notificationsArriveInOrder() async throws {
        try await withPool { pool in
            try await pool.withConnection { connection in
                let notifications = connection.notifications()
                _ = try await connection.query("LISTEN news")
                for number in 0..<20 {
                    _ = try await pool.query("SELECT pg_notify('news', \("\(number)"))")
                }
                var payloads: [String] = []
                for try await notification in notifications {
                    #expect(notification.channel == "news")
                    payloads.append(notification.payload)
                    if payloads.count == 20 { break }
                }
                // Two shared connections take turns, so only the set is sure.
                #expect(payloads.compactMap { Int($0) }.sorted() == Array(0..<20))
            }
        }
    }

    @Test func notificationsEndWithAnErrorIfTheConnectionIsLost() async throws {
        try await withPool { pool in
            await #expect(throws: PostgresError.self) {
                try await pool.withConnection { connection in
                    let notifications = connection.notifications()
                    let row = try await connection.query("SELECT pg_backend_pid()")[0]
                    let pid = try row.decode(0, as: Int32.self)
                    _ = try await pool.query("SELECT pg_terminate_backend(\(pid))")
                    for try await _ in notifications {}
                }
            }
        }
    }

    @Test func unreadCopyIsRefusedWithoutAHang() async throws {
        try await withPool { pool in
            _ = await #expect(throws: PostgresError.self) {
                try await pool.query("COPY (SELECT 1) TO STDOUT")
            }
            try await pool.withConnection { connection in
                _ = await #expect(throws: PostgresError.self) {
                    try await connection.executeScript("COPY (SELECT 1) TO STDOUT")
                }
            }
        }
    }
}
