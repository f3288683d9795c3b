import Fixtures
import Foundation
import Postgres
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TLSTests {
    @Test func requiredEncryptionIsUsedAndVerified() async throws {
        try await withServer({
            $0.port = 0
            $0.selfSignedCertificate = true
        }) { server in
            try await withPool(url: server.url + "?sslmode=require", { $0.sharedConnections = 1 }) {
                pool in
                let rows = try await pool.query(
                    "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
                )
                #expect(try rows[0].decode(0, as: Bool.self))
                // More than a TLS record and more than libpq's buffer, with neighbours behind it.
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for size in stride(from: 1000, through: 200_000, by: 3331) {
                        group.addTask {
                            try await pool.query("SELECT repeat('x', \(Int32(size)))")[0]
                                .decode(0, as: String.self).utf8.count - size
                        }
                    }
                    for try await difference in group { #expect(difference == 0) }
                }
            }
            let mode = "?sslmode=verify-ca&sslrootcert=/etc/hostname"
            try await withPool(url: server.url + mode) { pool in
                try await eventually("the certificate is refused") {
                    pool.status.lastError?.contains("certificate") == true
                }
            }
        }
    }
}
