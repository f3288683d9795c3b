import ArgumentParser
import Domain
import Logging

/// Shows outcomes and task events as they come.
struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show outcomes, task events and dead letters as they come.",
        discussion: """
            One line an event, until Ctrl-C. It reads beside everybody else and takes from nobody. \
            Needs KAFKA_BOOTSTRAP_SERVERS.
            """
    )

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "One JSON object a line: topic, partition, offset, key, headers and data.")
    var json = false

    @Flag(help: "Begin with what is in the topics already.")
    var fromBeginning = false

    @Option(help: "Only events of this company.")
    var company: String?

    func run() async throws {
        let source = try await settings.source()
        let settings = try KafkaSettings(source)
        let logs = Logs(
            settings: try LogSettings(source, defaultFormat: .console, defaultLevel: .warning)
        )
        let logger = logs.logger("watch")
        _ = try await Preflight.partitions(
            of: [settings.topicPrefix + Topics.outcome],
            settings,
            logger: logger
        )
        let feed = try EventFeed(
            settings,
            topics: [Topics.outcome, Topics.taskUpdated]
                + Topics.requests.map(Topics.deadLetters(of:)),
            from: fromBeginning ? .earliest : .latest,
            logger: logger
        )
        let (output, isJSON, company) = (LogOutput.standardOutput, json, company)
        let line = EventLine(Style(for: output))
        try await feed.run {
            if !isJSON, output.isTerminal { output.line(line.style.faint("watching, Ctrl-C ends")) }
        } onEvent: { event in
            guard company == nil || event.companyID == company else { return }
            output.line(isJSON ? EventJSON.text(event) : line.text(event))
        }
    }
}
