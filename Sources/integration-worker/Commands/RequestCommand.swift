import ArgumentParser

/// Publishes requests as the dashboard would.
struct RequestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Publish a request, as the dashboard would.",
        discussion: """
            Prints the request's ce_id. With --wait it also prints the outcome, and ends with 0 for \
            what was asked for, 1 for a refusal, 75 for "later". \
            Needs KAFKA_BOOTSTRAP_SERVERS.
            """,
        subcommands: [
            RequestEnable.self, RequestAuthorize.self, RequestDisable.self, RequestSync.self,
        ]
    )
}

/// What every request needs.
struct RequestOptions: ParsableArguments {
    @OptionGroup var settings: SettingsOptions

    @Option(help: "The company's id.")
    var company: String

    @Option(help: "The task system.")
    var provider = "salesforce"

    @Flag(help: "Wait for the outcome and print it.")
    var wait = false

    @Option(help: ArgumentHelp("How long to wait, such as 30s.", valueName: "duration"))
    var timeout: TimeoutArgument = TimeoutArgument(duration: .seconds(60))

    func send(_ request: OutgoingRequest) async throws {
        try await RequestSender(
            source: try await settings.source(),
            timeout: wait ? timeout.duration : nil
        ).send(request)
    }
}

/// Who asks.
struct ActorOptions: ParsableArguments {
    @Option(help: "The id of who asks.")
    var user: String

    @Option(help: "The role of who asks: owner, admin, manager or user.")
    var role: RoleArgument = .owner

    @Option(help: "For the whole company, or for who asks: company or user.")
    var scope: ScopeArgument = .company
}

/// A role, as the contract spells it.
enum RoleArgument: String, ExpressibleByArgument, CaseIterable {
    case owner, admin, manager, user
}

/// A scope, as the contract spells it.
enum ScopeArgument: String, ExpressibleByArgument, CaseIterable {
    case company, user
}

/// A duration, as settings spell it.
struct TimeoutArgument: ExpressibleByArgument {
    let duration: Duration

    init(duration: Duration) {
        self.duration = duration
    }

    init?(argument: String) {
        guard let duration = DurationText.parse(argument), duration > .zero else { return nil }
        self.duration = duration
    }

    var defaultValueDescription: String { "\(duration.components.seconds)s" }
}
