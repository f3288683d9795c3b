import Fixtures
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PostgresPoolTests {
    @Test func pipelinedStatementsDoNotMixTheirResults() async throws {
        try await withPool { pool in
            try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                for number in 0..<500 {
                    group.addTask {
                        let rows = try await pool.query("SELECT \(number) * 2, pg_backend_pid()")
                        return (number, try #require(rows.first).decode(0))
                    }
                }
                for try await (number, double) in group { #expect(double == number * 2) }
            }
        }
    }

    @Test func failedStatementLeavesItsPipelinedNeighboursAlone() async throws {
        try await withPool({ $0.sharedConnections = 1 }) { pool in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let query: PostgresQuery =
                            number % 10 == 3 ? "SELECT 1 / \(0)" : "SELECT \(number) / 1"
                        do throws(PostgresError) {
                            return try await pool.query(query)[0].decode(0)
                        } catch {
                            #expect(error.sqlState == SQLState(rawValue: "22012"))
                            return -1
                        }
                    }
                }
                let results = try await group.reduce(into: [Int]()) { $0.append($1) }
                let expected = (0..<200).map { $0 % 10 == 3 ? -1 : $0 }
                #expect(results.sorted() == expected.sorted())
            }
        }
    }

    @Test func violationNamesStateConstraintAndTable() async throws {
        try await withPool { pool in
            _ = try await pool.query("CREATE TABLE person (email text CONSTRAINT one_email UNIQUE)")
            let insert: PostgresQuery = "INSERT INTO person VALUES (\("jane@acme.com"))"
            #expect(try await pool.query(insert).affectedRows == 1)
            let error = try #require(
                await #expect(throws: PostgresError.self) { try await pool.query(insert) }
            )
            #expect(error.sqlState == .uniqueViolation)
            #expect(error.constraint == "one_email")
            #expect(error.table == "person")
            #expect(error.query == "INSERT INTO person VALUES ($1)")
            #expect(!error.isRetriable)
            #expect(!error.description.contains("jane"))
            #expect(error.detail?.contains("jane") == true)
        }
    }

    @Test func valueIsNotInTheErrorOfABadCast() async throws {
        try await withPool { pool in
            let error = try #require(
                await #expect(throws: PostgresError.self) {
                    try await pool.query("SELECT \("s3cret")::int")
                }
            )
            #expect(error.sqlState == SQLState(rawValue: "22P02"))
            #expect(!error.description.contains("s3cret"))
        }
    }

    @Test func deferredViolationFailsAnAutocommitStatement() async throws {
        try await withPool { pool in
            _ = try await pool.query(
                "CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node DEFERRABLE INITIALLY DEFERRED)"
            )
            let error = await #expect(throws: PostgresError.self) {
                try await pool.query("INSERT INTO node VALUES (1, 2)")
            }
            #expect(error?.sqlState == .foreignKeyViolation)
            #expect(
                try await pool.query("SELECT count(*) FROM node")[0].decode(0, as: Int.self) == 0
            )
        }
    }

    @Test func changedTableIsPreparedAnew() async throws {
        try await withPool({ $0.sharedConnections = 1 }) { pool in
            _ = try await pool.query("CREATE TABLE thing (a int)")
            _ = try await pool.query("INSERT INTO thing VALUES (1)")
            #expect(try await pool.query("SELECT * FROM thing")[0].count == 1)
            _ = try await pool.query("ALTER TABLE thing ADD b text")
            #expect(try await pool.query("SELECT * FROM thing")[0].count == 2)
        }
    }

    @Test func lostPreparedStatementIsPreparedAnew() async throws {
        try await withPool({ $0.sharedConnections = 1 }) { pool in
            for _ in 0..<3 {
                #expect(try await pool.query("SELECT 7")[0].decode(0, as: Int.self) == 7)
                _ = try await pool.query("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")
            }
        }
    }

    @Test func oldestPreparedStatementsAreGivenUp() async throws {
        try await withPool({
            $0.sharedConnections = 1
            $0.preparedStatements = 4
        }) { pool in
            for number in 0..<40 { _ = try await pool.query("SELECT \(unescaped: "\(number)")") }
            let rows = try await pool.query("SELECT count(*) FROM pg_prepared_statements")
            #expect(try rows[0].decode(0, as: Int.self) <= 5)
        }
    }

    @Test func preparingCanBeTurnedOff() async throws {
        try await withPool({ $0.preparedStatements = 0 }) { pool in
            for number in 0..<3 { _ = try await pool.query("SELECT \(number)") }
            let rows = try await pool.query("SELECT count(*) FROM pg_prepared_statements")
            #expect(try rows[0].decode(0, as: Int.self) == 0)
        }
    }

    @Test func exhaustedPoolNamesTheRemedy() async throws {
        try await withPool({
            $0.maximumConnections = 1
            $0.acquireTimeout = .milliseconds(100)
        }) { pool in
            try await eventually("the connection is up") { pool.status.idle == 1 }
            try await pool.withConnection { _ in
                #expect(pool.status.inUse == 1)
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.withConnection { _ in }
                }
                #expect(error?.code == .poolExhausted)
                #expect(error?.reason.contains("raise maximumConnections") == true)
            }
            try await pool.withConnection { _ in }
        }
    }

    @Test func waitersAreServedInTurn() async throws {
        try await withPool({ $0.maximumConnections = 2 }) { pool in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await pool.withTransaction { transaction in
                            try await transaction.query("SELECT \(number)")[0].decode(0)
                        }
                    }
                }
                let sum = try await group.reduce(0, +)
                #expect(sum == 50 * 49 / 2)
            }
            #expect(pool.status.inUse == 0)
        }
    }

    @Test func cancelledWaiterLeavesTheQueue() async throws {
        try await withPool({ $0.maximumConnections = 1 }) { pool in
            try await pool.withConnection { _ in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await pool.withConnection { _ in } }
                    try await eventually("a task waits") { pool.status.waiting == 1 }
                    group.cancelAll()
                    let result = await group.nextResult()
                    #expect(throws: PostgresError.self) { try result?.get() }
                    #expect(pool.status.waiting == 0)
                }
            }
        }
    }

    @Test func closedPoolRefuses() async throws {
        let pool = try await withPool { pool in
            _ = try await pool.query("SELECT 1")
            return pool
        }
        let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
        #expect(error?.code == .closed)
        #expect(pool.status.connected == 0)
    }

    @Test func arraysOfTwoThousandRowsAreUpserted() async throws {
        try await withPool { pool in
            _ = try await pool.query(
                "CREATE TABLE task (id text PRIMARY KEY, title text, version bigint)"
            )
            let ids = (0..<2000).map { "00T\($0)" }
            let titles: [String?] = ids.indices.map { $0 % 3 == 0 ? nil : "Title \($0)" }
            let versions = Array(0..<2000)
            let upsert: PostgresQuery = """
                INSERT INTO task SELECT * FROM unnest(\(ids), \(titles), \(versions))
                ON CONFLICT (id) DO UPDATE SET version = task.version + 1 RETURNING id, title, version
                """
            #expect(try await pool.query(upsert).affectedRows == 2000)
            let rows = try await pool.query(upsert)
            #expect(rows.count == 2000)
            for (index, row) in rows.enumerated() {
                #expect(try row.decode(0, as: String.self) == ids[index])
                #expect(try row.decode(1, as: String?.self) == titles[index])
                #expect(try row.decode(2, as: Int.self) == index + 1)
            }
        }
    }

    @Test func parametersLargerThanTheSocketsBuffersPass() async throws {
        try await withPool({ $0.sharedConnections = 1 }) { pool in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let text = String(repeating: "x", count: 2_000_000)
                        return try await pool.query("SELECT \(text)")[0].decode(0, as: String.self)
                            .count
                    }
                }
                for try await count in group { #expect(count == 2_000_000) }
            }
        }
    }
}
