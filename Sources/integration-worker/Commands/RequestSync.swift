import ArgumentParser

/// Asks to bring tasks up to date.
struct RequestSync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sync",
        abstract: "Bring tasks up to date, of a person or of the whole company.",
        discussion: "Example: integration-worker request sync --company acme --user u-7 --wait"
    )

    @OptionGroup var request: RequestOptions

    @Option(help: "Whose tasks; everybody's of the company if left out.")
    var user: String?

    @Option(help: "What changed, or everything: incremental or full.")
    var mode: SyncModeArgument = .incremental

    func run() async throws {
        try await request.send(
            OutgoingRequest(
                "sync.request.v1",
                .init(
                    companyId: request.company,
                    provider: request.provider,
                    userId: user,
                    mode: mode.rawValue,
                    reason: "manual"
                )
            )
        )
    }
}

/// A mode, as the contract spells it.
enum SyncModeArgument: String, ExpressibleByArgument, CaseIterable {
    case incremental, full
}
