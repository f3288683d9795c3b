import ArgumentParser
import Sandbox
import ServiceLifecycle

/// A PostgreSQL server that keeps nothing.
struct SandboxPostgres: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "postgres",
        abstract: "A real PostgreSQL with a fresh cluster, gone when it ends.",
        discussion: "Needs PostgreSQL's server programs; POSTGRES_BIN names their directory."
    )

    @Option(help: "A fixed port; any that is free if left out.")
    var port = 0

    func run() async throws {
        var options = ThrowawayPostgres.Options()
        options.port = port
        do {
            try await Foreground.run(PostgresService(options: options))
        } catch let error as ThrowawayPostgresError {
            throw CommandFailure("postgres: \(error)", .unavailable)
        }
    }
}

/// A server that is gone with its group; also one that is told to stop while it starts.
private struct PostgresService: Service {
    let options: ThrowawayPostgres.Options

    func run() async throws {
        let server = try await ThrowawayPostgres.start(options)
        let output = LogOutput.standardOutput
        output.line("DATABASE_URL=\(server.url)")
        output.line("# make the tables: DATABASE_URL=\(server.url) integration-worker migrate")
        output.line("# look inside: psql '\(server.url)'")
        do {
            try await gracefulShutdown()
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}
