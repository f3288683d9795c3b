import ArgumentParser
import FoundationEssentials

/// Where a command's settings come from.
struct SettingsOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "A YAML or JSON file with settings; the environment goes before it.",
            discussion: "Also as CONFIG_FILE.",
            valueName: "file"
        )
    )
    var file: String?

    func source() async throws(SettingsError) -> SettingsSource {
        try await SettingsSource(file: file, environment: ProcessInfo.processInfo.environment)
    }
}
