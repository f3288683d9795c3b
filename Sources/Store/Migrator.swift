import Logging
public import Postgres

/// Brings the database's schema to what this program needs, forward only.
public struct Migrator: Sendable {
    /// A migration: its identity is its file name, its text never changes once shipped.
    struct Migration: Sendable {
        let name: String
        let sql: String

        init(_ name: String, _ bytes: [UInt8]) {
            self.name = name
            sql = String(decoding: bytes, as: UTF8.self)
        }
    }

    static let migrations = [
        Migration("m0001_initial", PackageResources.m0001_initial_sql),
        Migration("m0002_parking", PackageResources.m0002_parking_sql),
        Migration("m0003_authorization", PackageResources.m0003_authorization_sql),
        Migration("m0004_reconciliation", PackageResources.m0004_reconciliation_sql),
    ]

    /// Any 64-bit number, the same for every replica: who holds this advisory lock migrates.
    private static let lockKey: Int64 = 0x696e_7465_6772_6174

    private let pool: PostgresPool

    /// Makes a migrator; the pool's user must own the schema.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// What this program needs that the database has not.
    ///
    /// - Throws: ``StoreError`` with `databaseIsNewer` when the database has what this program does
    ///   not know.
    public func pending() async throws -> [String] {
        try await pool.withConnection { connection in
            try await pendingMigrations(on: connection).map(\.name)
        }
    }

    /// Applies what is pending, each migration in a transaction of its own, one replica at a time.
    ///
    /// - Returns: the names of what was applied, in order.
    public func migrate() async throws -> [String] {
        try await pool.withConnection { connection in
            _ = try await connection.query("SELECT pg_advisory_lock(\(Self.lockKey))")
            do {
                let applied = try await apply(on: connection)
                _ = try await connection.query("SELECT pg_advisory_unlock(\(Self.lockKey))")
                return applied
            } catch {
                _ = try await connection.query("SELECT pg_advisory_unlock(\(Self.lockKey))")
                throw error
            }
        }
    }

    private func apply(on connection: PostgresConnection) async throws -> [String] {
        try await connection.executeScript(
            """
            CREATE TABLE IF NOT EXISTS schema_migration (
                name       text        NOT NULL PRIMARY KEY,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
        let pending = try await pendingMigrations(on: connection)
        for migration in pending {
            // One simple-protocol script is one implicit transaction.
            try await connection.executeScript(
                "\(migration.sql);\nINSERT INTO schema_migration (name) VALUES ('\(migration.name)');"
            )
        }
        return pending.map(\.name)
    }

    private func pendingMigrations(on connection: PostgresConnection) async throws -> [Migration] {
        let exists = try await connection.query(
            "SELECT to_regclass('schema_migration') IS NOT NULL AS found"
        )
        guard try exists.first?.decode("found", as: Bool.self) == true else {
            return Self.migrations
        }
        let rows = try await connection.query("SELECT name FROM schema_migration ORDER BY name")
        let applied = Set(try rows.map { try $0.decode("name", as: String.self) })
        let unknown = applied.subtracting(Self.migrations.map(\.name)).sorted()
        guard unknown.isEmpty else {
            throw StoreError(
                .databaseIsNewer,
                "the database has migrations this program does not know (\(unknown.joined(separator: ", ")))"
                    + "; run the newer program"
            )
        }
        return Self.migrations.filter { !applied.contains($0.name) }
    }
}
