import ArgumentParser
import Store

/// Brings the database's schema up to date.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the database's schema up to date.",
        discussion: """
            Forward only, one replica at a time; safe to run again and beside running workers. \
            Needs DATABASE_URL.
            """
    )

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        let source = try await settings.source()
        let logs = Logs(settings: try LogSettings(source, defaultFormat: .console))
        let applied = try await Preflight.withDatabase(
            try WorkerSettings.database(source),
            logger: logs.logger("migrate")
        ) { pool in
            try await Migrator(pool: pool).migrate()
        }
        for name in applied { LogOutput.standardOutput.line("applied \(name)") }
        if applied.isEmpty { LogOutput.standardOutput.line("nothing to apply") }
    }
}
