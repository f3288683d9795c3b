import ArgumentParser
import FoundationEssentials

/// Says what is missing before the worker can run.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what is missing before the worker can run.",
        discussion: """
            Looks at the configuration, the brokers and topics, the database and its migrations, the \
            keys and the provider. Ends with 0 where all is well, else with 1. Asking makes missing \
            topics where the brokers have auto.create.topics.enable; nothing else is changed.
            """
    )

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "One JSON object instead of lines.")
    var json = false

    func run() async throws {
        let source = try await settings.source()
        let findings = await Checkup(source: source).findings()
        let output = LogOutput.standardOutput
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let report = CheckReport(ok: findings.allSatisfy(\.ok), checks: findings)
            output.line(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            let style = Style(for: output)
            for finding in findings { output.line(finding.line(style)) }
        }
        guard findings.allSatisfy(\.ok) else { throw ExitCode.failure }
    }
}

/// What `check --json` prints.
private struct CheckReport: Encodable {
    var ok: Bool
    var checks: [Finding]
}
