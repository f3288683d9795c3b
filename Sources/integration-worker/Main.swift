import ArgumentParser

/// The composition root's door: reads the command line, runs one command, ends with its number.
@main
struct IntegrationWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "integration-worker",
        abstract:
            "Connects companies and their people to Salesforce, and keeps their tasks current.",
        discussion: """
            Requests come on Kafka, state is in PostgreSQL, results go out on Kafka. Settings come \
            from the environment, or from a YAML or JSON file; a missing or malformed one is named.

            To see it work with pretend neighbours: integration-worker demo

            Exit codes: 0 done · 1 failed · 64 wrong usage · 65 wrong data · 69 a neighbour is not \
            reachable · 75 not now · 78 wrong configuration.
            """,
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Service",
                subcommands: [Run.self, Migrate.self, Check.self]
            ),
            CommandGroup(
                name: "Dashboard",
                subcommands: [RequestCommand.self, Watch.self]
            ),
            CommandGroup(
                name: "Operations",
                subcommands: [
                    StatusCommand.self, ExplainCommand.self, DeadLettersCommand.self,
                    KeysCommand.self,
                ]
            ),
            CommandGroup(name: "Trial", subcommands: [Demo.self, SandboxCommand.self]),
        ]
    )

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard let failure = CommandFailure(error) else { exit(withError: error) }
            LogOutput.standardError.line("integration-worker: \(failure.line)")
            exit(withError: failure.exitCode)
        }
    }
}
