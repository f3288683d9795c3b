import ArgumentParser
import Kafka
import Logging

/// What the worker could not work off, and sending it again.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "List, show and replay what could not be worked off.",
        discussion: """
            A record that is no request, and a request whose attempts are spent, is in the topic's \
            .dlq, byte for byte, with the reason beside it. Needs KAFKA_BOOTSTRAP_SERVERS.
            """,
        subcommands: [ListDeadLetters.self, ShowDeadLetter.self, ReplayDeadLetters.self],
        defaultSubcommand: ListDeadLetters.self
    )
}

/// A line each.
struct ListDeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List dead letters, the newest last.",
        discussion: "When, place, reason, company, type, attempts, message."
    )

    @OptionGroup var settings: SettingsOptions
    @OptionGroup var selection: DeadLetterSelection

    @Option(help: "Only so many, the newest.")
    var limit: Int?

    @Flag(help: "One JSON object a line: topic, partition, offset, key, headers and data.")
    var json = false

    func run() async throws {
        let settings = try KafkaSettings(await settings.source())
        let letters = try await selection.read(settings)
        let shown = letters.suffix(limit ?? letters.count)
        let output = LogOutput.standardOutput
        let text = DeadLetterText(style: Style(for: output))
        for letter in shown { output.line(json ? letter.json : text.line(letter)) }
        if !json { output.line(text.summary(letters)) }
    }
}

/// One whole.
struct ShowDeadLetter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one dead letter whole."
    )

    @OptionGroup var settings: SettingsOptions

    @Argument(help: "Its place, as list shows it: sync-request.dlq/2/17.")
    var place: String

    @Flag(help: "As JSON.")
    var json = false

    func run() async throws {
        let settings = try KafkaSettings(await settings.source())
        let found = try await DeadLetterSelection.all.read(settings, places: [place])
        guard let letter = found.first else {
            throw CommandFailure(
                "\(place) is no dead letter; list shows their places",
                .invalidData
            )
        }
        let output = LogOutput.standardOutput
        output.line(json ? letter.json : DeadLetterText(style: Style(for: output)).whole(letter))
    }
}

extension DeadLetterSelection {
    /// Every dead letter.
    static var all: DeadLetterSelection {
        get throws { try DeadLetterSelection.parse([]) }
    }
}
