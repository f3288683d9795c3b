import ArgumentParser
import Domain
import Store

/// How everything stands, on one screen.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show on one screen how the service stands, or one company.",
        discussion: """
            Only reads, a bounded number of rows, and decrypts nothing; a count that would cost more \
            is "more than" or "at least". A partition's lease is of the worker that took it last. Needs \
            DATABASE_URL.
            """
    )

    @OptionGroup var options: OverviewOptions

    @Option(help: "Only what there is of this company.")
    var company: String?

    func run() async throws {
        let source = try await options.settings.source()
        let provider = try options.providerID
        let companyID = try company.map(CompanyID.init(typed:))
        let interval = try WorkerSettings.syncInterval(source)
        let report = try await Preflight.withOverview(source) { overview in
            StatusReport(
                company: company,
                integration: try await integration(of: companyID, provider, overview),
                service: try await overview.service(
                    provider,
                    of: companyID,
                    syncInterval: interval
                )
            )
        }
        try options.show(report) { StatusText(report: report, style: $0).lines }
    }

    private func integration(
        of companyID: CompanyID?,
        _ provider: ProviderID,
        _ overview: Overview
    ) async throws -> CompanyOverview? {
        guard let companyID else { return nil }
        guard let integration = try await overview.company(companyID, provider) else {
            throw CommandFailure.unknown(companyID, provider)
        }
        return integration
    }
}

/// What `status` shows.
struct StatusReport: Encodable, Sendable {
    let company: String?
    let integration: CompanyOverview?
    let service: ServiceOverview
}

extension CommandFailure {
    static func unknown(_ companyID: CompanyID, _ provider: ProviderID) -> CommandFailure {
        CommandFailure(
            "nothing is known of the company \(companyID): nobody there has ever begun to turn "
                + "\(provider) on"
        )
    }
}
