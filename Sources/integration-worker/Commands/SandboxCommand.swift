import ArgumentParser

/// Starts one pretend neighbour.
struct SandboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Start one pretend neighbour: Salesforce, a broker or a database.",
        discussion: """
            Each runs until Ctrl-C, keeps nothing, and listens on 127.0.0.1 only. Its first lines are \
            settings for the worker, ready for a shell.
            """,
        subcommands: [SandboxSalesforce.self, SandboxBroker.self, SandboxPostgres.self]
    )
}
