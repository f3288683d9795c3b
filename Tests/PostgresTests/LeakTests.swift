import Fixtures
import Foundation
import Postgres
import Sandbox
import Testing

/// Serialized, because it counts what the whole process has open; in parallel with other suites it
/// looks only at what is named after a connection.
@Suite(.timeLimit(.minutes(1)), .serialized)
struct LeakTests {
    /// Threads of pools whose connections have this name.
    private func threads(named prefix: String) throws -> Int {
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
        return names.count { id in
            // A thread may end between the list and the look.
            let name = FileManager.default.contents(atPath: "/proc/self/task/\(id)/comm") ?? Data()
            return String(decoding: name, as: UTF8.self).hasPrefix(prefix)
        }
    }

    private func sockets(to server: ThrowawayPostgres) async throws -> Int {
        let count = try await server.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'leak'"
        )
        return Int(count.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
    }

    @Test func openingAndClosingLeavesNothingBehind() async throws {
        try await withDatabase { url in
            for _ in 0..<50 {
                try await withPool(url: url, { $0.applicationName = "leak" }) { pool in
                    _ = try await pool.transaction(["SELECT 1"])
                    _ = try await pool.query("SELECT 1")
                }
            }
            let server = try await SharedCluster.shared.server()
            try await eventually("all sessions have ended") { try await sockets(to: server) == 0 }
        }
    }

    @Test func threadsEndWithTheirPool() async throws {
        try await withPool({ $0.threadName = "leaktest" }) { pool in
            _ = try await pool.query("SELECT 1")
            _ = try await pool.transaction(["SELECT 1"])
            #expect(try threads(named: "leaktest") >= 3)
        }
        try await eventually("the threads have ended") { try threads(named: "leaktest") == 0 }
    }
}
