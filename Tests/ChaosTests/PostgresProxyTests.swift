import Fixtures
import Logging
import Postgres
import Sandbox
import Synchronization
import Testing

@testable import chaos

/// The proxy between the real client and a real server.
@Suite(.timeLimit(.minutes(1)))
struct PostgresProxyTests {
    @Test func statementsPassUnchanged() async throws {
        try await withProxy { pool, _ in
            let text = String(repeating: "grüße ", count: 40_000)
            #expect(try await pool.query("SELECT \(text)")[0].decode(0) == text)
            try await pool.withTransaction { _ = try await $0.query("INSERT INTO seen VALUES (1)") }
            #expect(try await Self.count(pool) == 1)
        }
    }

    @Test(arguments: PostgresProxy.Cut.allCases)
    func cutLeavesTheClientInDoubt(_ cut: PostgresProxy.Cut) async throws {
        let remaining = Mutex([cut])
        try await withProxy(cut: { remaining.withLock { $0.popLast() } }) { pool, _ in
            let error = await #expect(throws: PostgresTransactionError.self) {
                try await pool.withTransaction {
                    _ = try await $0.query("INSERT INTO seen VALUES (1)")
                }
            }
            #expect(error?.phase == .outcomeUnknown)
            // The server sees the end of the connection a moment later than the client.
            let expected: Int64 = cut == .afterCommit ? 1 : 0
            try await eventually("the server has decided") {
                try await Self.count(pool) == expected
            }
        }
    }

    @Test func downMeansRefusedAndUpMeansServed() async throws {
        try await withProxy { pool, proxy in
            #expect(try await Self.count(pool) == 0)
            proxy.goDown()
            await #expect(throws: PostgresError.self) { try await Self.count(pool) }
            proxy.comeUp()
            try await eventually("the pool is connected again") {
                do { return try await Self.count(pool) == 0 } catch is PostgresError {
                    return false
                }
            }
        }
    }

    private static func count(_ pool: PostgresPool) async throws -> Int64 {
        try await pool.query("SELECT count(*) FROM seen")[0].decode(0)
    }

    private func withProxy(
        cut: @escaping @Sendable () -> PostgresProxy.Cut? = { nil },
        _ body: (PostgresPool, PostgresProxy) async throws -> Void
    ) async throws {
        try await withServer({ $0.port = 0 }) { server in
            try await server.execute("CREATE TABLE seen (number bigint)")
            let proxy = try PostgresProxy(server: #require(server.port), decide: cut)
            defer { proxy.close() }
            let url = "postgresql://postgres@127.0.0.1:\(proxy.port)/postgres"
            try await withPool(url: url) {
                $0.acquireTimeout = .seconds(2)
            } _: { pool in
                try await body(pool, proxy)
            }
        }
    }
}
