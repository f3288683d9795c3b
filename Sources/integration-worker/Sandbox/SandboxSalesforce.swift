import ArgumentParser
import Logging
import Sandbox
import ServiceLifecycle

/// A Salesforce to log in at, with people and tasks.
struct SandboxSalesforce: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "salesforce",
        abstract: "A simulated Salesforce: log-in pages, REST calls, people and tasks.",
        discussion: """
            Has the organization Acme with jane@acme.com, bob@acme.com and eve@acme.com, and Globex \
            (an edition without API) with hank@globex.com; any password will do. /sandbox/state shows \
            what is in it.
            """
    )

    @Option(help: "A fixed port; any that is free if left out.")
    var port = 0

    @Option(help: "A redirect URI that is registered; may be given several times.")
    var redirectUri: [String] = []

    @Option(help: "The seed of the tasks: the same one makes the same tasks.")
    var seed: UInt64 = 1

    func run() async throws {
        var configuration = SalesforceSimulatorConfiguration(port: port, seed: seed)
        if !redirectUri.isEmpty { configuration.redirectURIs = Set(redirectUri) }
        let simulator = SalesforceSimulator(
            configuration: configuration,
            logger: Logger(label: "salesforce") { _ in SwiftLogNoOpLogHandler() }
        )
        let shown = configuration
        let port = port
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await Foreground.run(simulator)
                } catch {
                    throw CommandFailure("port \(port) cannot be taken: \(error)", .unavailable)
                }
            }
            group.addTask {
                do {
                    Self.explain(try await simulator.address, shown)
                } catch is SalesforceSimulatorError {
                    // Why it ended before it was bound is told by the other task.
                    return
                }
            }
            try await group.waitForAll()
        }
    }

    private static func explain(
        _ address: String,
        _ configuration: SalesforceSimulatorConfiguration
    ) {
        let output = LogOutput.standardOutput
        output.line("SALESFORCE_LOGIN_URL=\(address)")
        output.line("SALESFORCE_ALLOWED_HOSTS=127.0.0.1:*,127.0.0.2:*,127.0.0.3:*")
        output.line("SALESFORCE_CLIENT_ID=\(configuration.clientID)")
        output.line("SALESFORCE_CLIENT_SECRET=\(configuration.clientSecret)")
        output.line("REDIRECT_URIS=\(configuration.redirectURIs.sorted().joined(separator: ","))")
        output.line("# 127.0.0.2 logs in people of sandboxes only, 127.0.0.3 all others")
        output.line("# look inside: curl \(address)/sandbox/state")
        output.line(
            "# a new task: curl -d '{\"owner\":\"bob@acme.com\",\"subject\":\"Call Acme\"}' "
                + "\(address)/sandbox/tasks"
        )
    }
}
