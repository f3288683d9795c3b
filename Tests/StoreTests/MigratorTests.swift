import Fixtures
import Foundation
import Postgres
import Testing

@testable import Store

@Suite(.timeLimit(.minutes(1)))
struct MigratorTests {
    private static let names = Migrator.migrations.map(\.name)

    @Test func whatIsPendingIsAppliedOnce() async throws {
        try await withPool { pool in
            let migrator = Migrator(pool: pool)
            let needed = try await migrator.pending()
            #expect(needed == Self.names)
            #expect(try await migrator.migrate() == Self.names)
            #expect(try await migrator.pending() == [])
            #expect(try await migrator.migrate() == [])
        }
    }

    @Test func replicasThatStartTogetherApplyEachMigrationOnce() async throws {
        try await withPool { pool in
            let applied = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 {
                    group.addTask { try await Migrator(pool: pool).migrate() }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied == Self.names)
        }
    }

    @Test func aNewerDatabaseIsRefusedAndNotLocked() async throws {
        try await withPool { pool in
            let migrator = Migrator(pool: pool)
            _ = try await migrator.migrate()
            _ = try await pool.query("INSERT INTO schema_migration (name) VALUES ('m9999_later')")
            for attempt in [migrator.pending, migrator.migrate] {
                let error = await #expect(throws: StoreError.self) { _ = try await attempt() }
                #expect(error?.code == .databaseIsNewer)
                #expect(error?.reason.contains("m9999_later") == true)
            }
            _ = try await pool.query("DELETE FROM schema_migration WHERE name = 'm9999_later'")
            #expect(try await migrator.migrate() == [])
        }
    }

    @Test func aMigrationThatFailsLeavesNothingBehind() async throws {
        try await withPool { pool in
            // The last table of the first migration is there already.
            _ = try await pool.query("CREATE TABLE partition_lease ()")
            await #expect(throws: PostgresError.self) {
                _ = try await Migrator(pool: pool).migrate()
            }
            let tables = try await pool.query(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
            ).map { try $0.decode(0, as: String.self) }
            #expect(tables == ["partition_lease", "schema_migration"])
            _ = try await pool.query("DROP TABLE partition_lease")
            #expect(try await Migrator(pool: pool).migrate() == Self.names)
        }
    }

    /// Keeps `schemas/database.sql` what the migrations make; run with `UPDATE_SCHEMA=1` to rewrite it.
    @Test func theSchemaFileIsWhatTheMigrationsMake() async throws {
        let made = try await withDatabase { url in
            try await withPool(url: url) { pool in _ = try await Migrator(pool: pool).migrate() }
            return try SchemaDump.make(of: url)
        }
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "schemas/database.sql")
        if ProcessInfo.processInfo.environment["UPDATE_SCHEMA"] == "1" {
            try made.write(to: file, atomically: true, encoding: .utf8)
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        #expect(
            made == kept,
            "schemas/database.sql is out of date: run this test with UPDATE_SCHEMA=1"
        )
    }
}
