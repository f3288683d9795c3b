import ArgumentParser
import Domain
import Store

/// Why somebody sees what they see, in sentences.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say in sentences how a company, a person or a task stands, and why.",
        discussion: """
            Only reads, and decrypts nothing. Ends with 1 where the company or the person is not \
            known. Needs DATABASE_URL.
            """
    )

    @OptionGroup var options: OverviewOptions

    @Argument(help: "The company's id.")
    var company: String

    @Argument(help: "The person's id.")
    var user: String?

    @Option(help: "Why this task is or is not in the person's list: its id at the provider.")
    var task: String?

    func validate() throws {
        guard task == nil || user != nil else {
            throw ValidationError("--task needs the person whose list it is about.")
        }
    }

    func run() async throws {
        let source = try await options.settings.source()
        let provider = try options.providerID
        let companyID = try CompanyID(typed: company)
        guard let user else {
            let integration = try await Preflight.withOverview(source) {
                try await $0.company(companyID, provider)
            }
            guard let integration else { throw CommandFailure.unknown(companyID, provider) }
            let sentences = CompanyExplanation(company: company, provider, integration).sentences
            return try show(Explanation(sentences: sentences, about: integration))
        }
        guard let userID = UserID(rawValue: user) else {
            throw CommandFailure("\"\(user)\" is no id of a person: 1 to 128 characters")
        }
        let owner = TaskOwner(companyID: companyID, userID: userID, provider: provider)
        let person = try await Preflight.withOverview(source) { overview in
            try await overview.person(owner, task: task)
        }
        guard let person else {
            throw CommandFailure(
                "nothing is known of \(userID) of the company \(companyID): they have never begun "
                    + "to connect \(provider)"
            )
        }
        var sentences = PersonExplanation(owner: owner, person: person).sentences
        if let task {
            sentences.append(
                TaskExplanation(externalID: task, owner: owner, person: person).sentence
            )
        }
        try show(Explanation(sentences: sentences, about: person))
    }

    private func show(_ explanation: Explanation<some Encodable>) throws {
        try options.show(explanation) { _ in explanation.sentences }
    }
}

/// What `explain` shows: the sentences, and what they are made from.
struct Explanation<Subject: Encodable>: Encodable {
    let sentences: [String]
    let about: Subject
}
