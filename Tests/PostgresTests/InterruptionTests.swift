import Fixtures
import Postgres
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(1)))
struct InterruptionTests {
    private func isSleeping(_ pool: PostgresPool) async throws -> Bool {
        let rows = try await pool.query(
            """
            SELECT count(*) > 0 FROM pg_stat_activity
            WHERE wait_event = 'PgSleep' AND datname = current_database()
            """
        )
        return try rows[0].decode(0)
    }

    @Test func cancelledTaskCancelsItsStatementOnTheServer() async throws {
        try await withPool { pool in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await pool.withConnection { _ = try await $0.query("SELECT pg_sleep(50)") }
                }
                try await eventually("the statement runs") { try await isSleeping(pool) }
                group.cancelAll()
                let error = await #expect(throws: PostgresError.self) { try await group.next() }
                #expect(error?.code == .cancelled)
                #expect(try await !isSleeping(pool))
            }
        }
    }

    @Test func cancelledStatementLeavesItsPipelinedNeighboursAlone() async throws {
        try await withPool({ $0.sharedConnections = 1 }) { pool in
            try await withThrowingTaskGroup(of: Int.self) { neighbours in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await pool.query("SELECT pg_sleep(50)") }
                    try await eventually("the statement runs") {
                        try await pool.withConnection {
                            let rows = try await $0.query(
                                """
                                SELECT count(*) > 0 FROM pg_stat_activity
                                WHERE wait_event = 'PgSleep' AND datname = current_database()
                                """
                            )
                            return try rows[0].decode(0)
                        }
                    }
                    for number in 0..<40 {
                        neighbours.addTask { try await pool.query("SELECT \(number)")[0].decode(0) }
                    }
                    group.cancelAll()
                    let error = await #expect(throws: PostgresError.self) { try await group.next() }
                    #expect(error?.code == .cancelled)
                }
                #expect(try await neighbours.reduce(0, +) == 40 * 39 / 2)
            }
        }
    }

    @Test func cancellingAtAnyMomentLosesNothing() async throws {
        try await withPool { pool in
            for round in 0..<100 {
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            do throws(PostgresError) {
                                _ = try await pool.query("SELECT \(number), pg_sleep(0.0005)")
                            } catch {
                                #expect(error.code == .cancelled)
                            }
                        }
                    }
                    for _ in 0..<round { await Task.yield() }
                    group.cancelAll()
                }
            }
            let five = try await pool.query("SELECT 5")[0].decode(0, as: Int.self)
            #expect(five == 5)
        }
    }

    @Test func cancelledTransactionRollsBack() async throws {
        try await withPool({ $0.maximumConnections = 1 }) { pool in
            _ = try await pool.query("CREATE TABLE mark (id int)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await pool.withTransaction { transaction in
                        _ = try await transaction.query("INSERT INTO mark VALUES (1)")
                        _ = try await transaction.query("SELECT pg_sleep(50)")
                    }
                }
                try await eventually("the statement runs") { try await isSleeping(pool) }
                group.cancelAll()
                let error = await #expect(throws: PostgresTransactionError.self) {
                    try await group.next()
                }
                #expect(error?.phase == .body)
            }
            let rows = try await pool.transaction(["SELECT count(*) FROM mark"])
            #expect(try rows[0][0].decode(0, as: Int.self) == 0)
        }
    }

    @Test func statementTimeLimitIsTheServers() async throws {
        try await withPool({ $0.statementTimeout = .milliseconds(50) }) { pool in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.query("SELECT pg_sleep(50)")
            }
            #expect(error?.code == .timeout)
            #expect(error?.sqlState == .queryCanceled)
            let rows = try await pool.query("SELECT 1")
            #expect(rows.count == 1)
        }
    }

    @Test func sharedConnectionComesBackAfterItWasTerminated() async throws {
        try await withPool({ $0.sharedConnections = 1 }) { pool in
            let first = try await pool.query("SELECT pg_backend_pid()")[0].decode(0, as: Int32.self)
            try await pool.withConnection {
                _ = try await $0.query("SELECT pg_terminate_backend(\(first), 5000)")
            }
            try await eventually("another session answers") {
                do throws(PostgresError) {
                    let rows = try await pool.query("SELECT pg_backend_pid()")
                    return try rows[0].decode(0, as: Int32.self) != first
                } catch {
                    #expect(error.code == .connection && error.isRetriable)
                    return false
                }
            }
        }
    }

    @Test func autocommitWriteThatLosesItsConnectionIsUnknown() async throws {
        try await withServer { server in
            try await withPool(url: server.url, { $0.acquireTimeout = .seconds(3) }) { pool in
                _ = try await pool.query("CREATE TABLE mark (id int)")
                await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        _ = try await pool.query("INSERT INTO mark SELECT 1 FROM pg_sleep(50)")
                    }
                    let error = await #expect(throws: PostgresError.self) {
                        try await eventually("the statement runs") {
                            try await pool.withConnection {
                                let rows = try await $0.query(
                                    "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                                )
                                return try rows[0].decode(0)
                            }
                        }
                        await server.halt(immediately: true)
                        try await group.waitForAll()
                    }
                    // A server that can still say that it goes down has not done the statement.
                    #expect(error?.code == .outcomeUnknown || error?.code == .connection)
                }
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.query("SELECT 1")
                }
                #expect(
                    error?.reason.contains("could not be reached") == true
                        || error?.code == .connection
                )
                #expect(pool.status.lastError != nil)
            }
        }
    }

    @Test func restartOfTheServerIsSurvived() async throws {
        try await withServer { server in
            try await withPool(url: server.url) { pool in
                for immediately in [false, true] {
                    _ = try await pool.transaction(["SELECT 1"])
                    try await server.restart(immediately: immediately)
                    try await eventually("the pool has connected again") {
                        do throws(PostgresError) {
                            return try await pool.query("SELECT 1").count == 1
                        } catch {
                            #expect(error.isRetriable)
                            return false
                        }
                    }
                    try await eventually("transactions work again") {
                        do {
                            return try await pool.transaction(["SELECT 1"]).count == 1
                        } catch let error as PostgresTransactionError {
                            #expect(error.isRetriable)
                            return false
                        }
                    }
                }
            }
        }
    }
}
