import Logging
import Store

extension Preflight {
    /// Lends a look at a migrated database, for which no keys are needed.
    static func withOverview<Result: Sendable>(
        _ source: SettingsSource,
        _ body: (Overview) async throws -> Result
    ) async throws -> Result {
        let logs = Logs(
            settings: try LogSettings(source, defaultFormat: .console, defaultLevel: .warning)
        )
        return try await withDatabase(
            try WorkerSettings.database(source),
            logger: logs.logger("overview")
        ) { pool in
            try await requireMigrated(pool)
            return try await body(Overview(pool: pool))
        }
    }
}
