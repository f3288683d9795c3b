import ArgumentParser

/// Asks to turn the integration on.
struct RequestEnable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Turn the integration on, for a company or for a person.",
        discussion: """
            The outcome carries the URL to send the browser to. Example:

              integration-worker request enable --company acme --user u-1 --role owner \\
                --redirect-uri https://dashboard.example/integrations/callback --wait
            """
    )

    @OptionGroup var request: RequestOptions
    @OptionGroup var actor: ActorOptions

    @Option(help: ArgumentHelp("Where the browser is sent back to.", valueName: "url"))
    var redirectUri: String

    @Option(help: "The e-mail address of who asks.")
    var email: String?

    @Option(help: "The Salesforce user name or e-mail address that must come back.")
    var expectedAccount: String?

    @Option(help: "The kind of organization: production or sandbox.")
    var environment: EnvironmentArgument?

    @Option(help: ArgumentHelp("The log-in host, instead of --environment.", valueName: "host"))
    var loginHost: String?

    func validate() throws {
        guard environment == nil || loginHost == nil else {
            throw ValidationError("Give --environment or --login-host, not both.")
        }
    }

    func run() async throws {
        try await request.send(
            OutgoingRequest(
                "integration.enable.v1",
                .init(
                    companyId: request.company,
                    provider: request.provider,
                    scope: actor.scope.rawValue,
                    actor: .init(userId: actor.user, role: actor.role.rawValue, email: email),
                    redirectUri: redirectUri,
                    environment: environment?.rawValue,
                    loginHost: loginHost,
                    expectedAccount: expectedAccount
                )
            )
        )
    }
}

/// An environment, as the contract spells it.
enum EnvironmentArgument: String, ExpressibleByArgument, CaseIterable {
    case production, sandbox
}
