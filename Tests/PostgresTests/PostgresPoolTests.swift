import Fixtures
import Postgres
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PostgresPoolTests {
    @Test func queryReturnsRows() async throws {
        try await withPool { pool in
            let rows = try await pool.query("SELECT \(41) + 1 AS answer, \("a'b\\c")")
            #expect(try rows.first?.decode("answer", as: Int.self) == 42)
            #expect(try rows.first?.decode(1, as: String.self) == "a'b\\c")
        }
    }

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
}
