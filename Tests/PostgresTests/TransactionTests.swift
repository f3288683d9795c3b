import Fixtures
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TransactionTests {
    private struct Refusal: Error {}

    private static let makeNode: PostgresQuery =
        "CREATE TABLE node (id int PRIMARY KEY, up int REFERENCES node DEFERRABLE INITIALLY DEFERRED)"

    private func count(_ pool: PostgresPool) async throws -> Int {
        try await pool.query("SELECT count(*) FROM node")[0].decode(0)
    }

    @Test func bodyThatReturnsCommits() async throws {
        try await withPool { pool in
            _ = try await pool.query(Self.makeNode)
            let sum = try await pool.withTransaction { transaction in
                let results = try await transaction.queries([
                    "INSERT INTO node VALUES (1)", "INSERT INTO node VALUES (2)",
                    "SELECT sum(id)::bigint FROM node",
                ])
                return try results[2][0].decode(0, as: Int.self)
            }
            #expect(sum == 3)
            #expect(try await count(pool) == 2)
        }
    }

    @Test func bodyThatThrowsRollsBack() async throws {
        try await withPool { pool in
            _ = try await pool.query(Self.makeNode)
            let error = await #expect(throws: PostgresTransactionError.self) {
                try await pool.withTransaction { transaction in
                    _ = try await transaction.query("INSERT INTO node VALUES (1)")
                    throw Refusal()
                }
            }
            #expect(error?.phase == .body)
            #expect(error?.underlying is Refusal)
            #expect(try await count(pool) == 0)
        }
    }

    @Test func isolationAndAccessAreTheServers() async throws {
        try await withPool { pool in
            try await pool.withTransaction(isolation: .serializable, readOnly: true) {
                transaction in
                let isolation = try await transaction.query("SHOW transaction_isolation")
                #expect(try isolation[0].decode(0, as: String.self) == "serializable")
            }
            let error = await #expect(throws: PostgresTransactionError.self) {
                try await pool.withTransaction(readOnly: true) { transaction in
                    _ = try await transaction.query("CREATE TABLE x ()")
                }
            }
            #expect((error?.underlying as? PostgresError)?.sqlState == .readOnlyTransaction)
        }
    }

    @Test func refusedCommitIsKeptApart() async throws {
        try await withPool { pool in
            _ = try await pool.query(Self.makeNode)
            let scoped = await #expect(throws: PostgresTransactionError.self) {
                try await pool.withTransaction { transaction in
                    _ = try await transaction.query("INSERT INTO node VALUES (1, 9)")
                }
            }
            #expect(scoped?.phase == .commit)
            #expect((scoped?.underlying as? PostgresError)?.sqlState == .foreignKeyViolation)
            let pipelined = await #expect(throws: PostgresTransactionError.self) {
                try await pool.transaction(["INSERT INTO node VALUES (1, 9)"])
            }
            #expect(pipelined?.phase == .commit)
            #expect(try await count(pool) == 0)
        }
    }

    @Test func commitOfAFailedTransactionIsAnError() async throws {
        try await withPool { pool in
            let error = await #expect(throws: PostgresTransactionError.self) {
                try await pool.withTransaction { transaction in
                    do throws(PostgresError) {
                        _ = try await transaction.query("SELECT 1 / 0")
                        Issue.record("the division succeeded")
                    } catch {}
                }
            }
            #expect(error?.phase == .commit)
            #expect((error?.underlying as? PostgresError)?.sqlState == .inFailedTransaction)
        }
    }

    @Test func pipelinedTransactionIsAllOrNothing() async throws {
        try await withPool({ $0.maximumConnections = 1 }) { pool in
            _ = try await pool.query(Self.makeNode)
            let results = try await pool.transaction([
                "INSERT INTO node VALUES (1)", "SELECT id FROM node",
            ])
            #expect(try results[1][0].decode(0, as: Int.self) == 1)
            let error = await #expect(throws: PostgresTransactionError.self) {
                try await pool.transaction([
                    "INSERT INTO node VALUES (2)", "INSERT INTO node VALUES (1)",
                    "INSERT INTO node VALUES (3)",
                ])
            }
            #expect(error?.phase == .body)
            #expect((error?.underlying as? PostgresError)?.query == "INSERT INTO node VALUES (1)")
            #expect(try await count(pool) == 1)
            // The connection is back in order.
            _ = try await pool.transaction(["INSERT INTO node VALUES (4)"])
            #expect(try await count(pool) == 2)
        }
    }

    @Test func connectionLostBeforeCommitIsKnownToHaveDoneNothing() async throws {
        try await withPool { pool in
            _ = try await pool.query(Self.makeNode)
            let error = await #expect(throws: PostgresTransactionError.self) {
                try await pool.withTransaction { transaction in
                    let row = try await transaction.query("SELECT pg_backend_pid()")[0]
                    let pid = try row.decode(0, as: Int32.self)
                    _ = try await transaction.query("INSERT INTO node VALUES (1)")
                    _ = try await pool.query("SELECT pg_terminate_backend(\(pid), 5000)")
                    _ = try await transaction.query("INSERT INTO node VALUES (2)")
                }
            }
            #expect(error?.phase == .rollback || error?.phase == .body)
            #expect((error?.underlying as? PostgresError)?.code == .connection)
            #expect(error?.isRetriable == true)
            #expect(try await count(pool) == 0)
        }
    }

    @Test(arguments: [false, true])
    func connectionLostInsideCommitIsUnknown(isPipelined: Bool) async throws {
        try await withPool { pool in
            try await pool.withConnection { connection in
                try await connection.executeScript(
                    """
                    CREATE TABLE slow (id int);
                    CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql AS
                      $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
                    CREATE CONSTRAINT TRIGGER doze AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
                      FOR EACH ROW EXECUTE FUNCTION doze();
                    """
                )
            }
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    if isPipelined {
                        _ = try await pool.transaction(["INSERT INTO slow VALUES (1)"])
                    } else {
                        try await pool.withTransaction {
                            _ = try await $0.query("INSERT INTO slow VALUES (1)")
                        }
                    }
                }
                let error = await #expect(throws: PostgresTransactionError.self) {
                    try await eventually("the COMMIT waits in its trigger") {
                        let rows = try await pool.query(
                            """
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                            WHERE wait_event = 'PgSleep' AND datname = current_database()
                            """
                        )
                        return !rows.isEmpty
                    }
                    try await group.waitForAll()
                }
                #expect(error?.phase == .outcomeUnknown)
                #expect(error?.isRetriable == false)
            }
        }
    }

    @Test func scopesObjectIsUselessAfterwards() async throws {
        try await withPool { pool in
            let kept = try await pool.withTransaction { $0 }
            let error = await #expect(throws: PostgresError.self) {
                try await kept.query("SELECT 1")
            }
            #expect(error?.code == .closed)
        }
    }
}
