import ArgumentParser

/// Asks to turn the integration off.
struct RequestDisable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Turn the integration off, for a company or for a person.",
        discussion: """
            Ends the grant at Salesforce and removes the tasks from the apps. Example:

              integration-worker request disable --company acme --scope user --user u-7 --role user
            """
    )

    @OptionGroup var request: RequestOptions
    @OptionGroup var actor: ActorOptions

    @Flag(help: "Also delete what was imported.")
    var erase = false

    func run() async throws {
        try await request.send(
            OutgoingRequest(
                "integration.disable.v1",
                .init(
                    companyId: request.company,
                    provider: request.provider,
                    scope: actor.scope.rawValue,
                    actor: .init(userId: actor.user, role: actor.role.rawValue),
                    erase: erase
                )
            )
        )
    }
}
