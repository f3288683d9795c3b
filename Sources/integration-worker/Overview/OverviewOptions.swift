import ArgumentParser
import Domain
import FoundationEssentials
import Store

/// What every command needs that only looks at the database.
struct OverviewOptions: ParsableArguments {
    @OptionGroup var settings: SettingsOptions

    @Option(help: "The task system.")
    var provider = "salesforce"

    @Flag(help: "One JSON object instead of sentences.")
    var json = false

    func validate() throws {
        guard ProviderID(rawValue: provider) != nil else {
            throw ValidationError("--provider is the name of a task system, such as salesforce.")
        }
    }

    var providerID: ProviderID {
        get throws {
            guard let id = ProviderID(rawValue: provider) else {
                throw CommandFailure("\(provider) is no name of a task system", .invalidData)
            }
            return id
        }
    }

    /// Prints an answer as one JSON object, or as lines.
    func show(_ answer: some Encodable, lines: (Style) -> [String]) throws {
        let output = LogOutput.standardOutput
        guard json else {
            for line in lines(Style(for: output)) { output.line(line) }
            return
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(RFC3339.string(from: date))
        }
        output.line(String(decoding: try encoder.encode(answer), as: UTF8.self))
    }
}

extension CompanyID {
    /// What was typed, or why it is none.
    init(typed text: String) throws {
        guard let id = CompanyID(rawValue: text) else {
            throw CommandFailure("\"\(text)\" is no id of a company: 1 to 128 characters")
        }
        self = id
    }
}
