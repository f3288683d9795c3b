import Logging
import Postgres
import Store

extension Preflight {
    /// Lends the store of a migrated database, for commands that need nothing else.
    static func withStore<Result: Sendable>(
        _ source: SettingsSource,
        _ body: (Store) async throws -> Result
    ) async throws -> Result {
        let logs = Logs(
            settings: try LogSettings(source, defaultFormat: .console, defaultLevel: .warning)
        )
        let cipher = try WorkerSettings.cipher(source)
        return try await withDatabase(
            try WorkerSettings.database(source),
            logger: logs.logger("keys")
        ) { pool in
            try await requireMigrated(pool)
            return try await body(Store(pool: pool, cipher: cipher))
        }
    }

    /// Looks whether a worker can work on what is in the database.
    ///
    /// - Throws: a ``CommandFailure`` where the database cannot be reached or lacks a migration, a
    ///   ``StoreError`` where the keys do not decrypt what is stored.
    static func verifyDatabase(
        _ configuration: PostgresConfiguration,
        _ cipher: TokenCipher,
        logger: Logger
    ) async throws {
        try await withDatabase(configuration, logger: logger) { pool in
            try await requireMigrated(pool)
            try await Store(pool: pool, cipher: cipher).verifyKeys()
        }
    }

    static func requireMigrated(_ pool: PostgresPool) async throws {
        let pending = try await Migrator(pool: pool).pending()
        guard pending.isEmpty else {
            throw CommandFailure(
                "database: migrations are pending (\(pending.joined(separator: ", "))); "
                    + "run: integration-worker migrate"
            )
        }
    }
}
