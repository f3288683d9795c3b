import ArgumentParser
import Store

/// The keys that tokens are encrypted with.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "List the keys that tokens are encrypted with, and change to a new one.",
        discussion: """
            TOKEN_ENCRYPTION_KEYS is id:base64[,id:base64…]: the first key encrypts, all decrypt. To \
            change it: put the new key first, keep the old one and restart every worker; keys rotate; \
            take the old one out and restart every worker. Needs DATABASE_URL and \
            TOKEN_ENCRYPTION_KEYS.
            """,
        subcommands: [ListKeys.self, RotateKeys.self],
        defaultSubcommand: ListKeys.self
    )
}

/// A line each.
struct ListKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List every key that is configured or used, and what it encrypts."
    )

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "One JSON object a line: id, configured, current, grants, attempts, revocations.")
    var json = false

    func run() async throws {
        let source = try await settings.source()
        let configured = try WorkerSettings.cipher(source).keyIDs
        let used = try await Preflight.withStore(source) { try await $0.keysInUse() }
        let keys = KeyLine.all(configured: configured, used: used)
        let output = LogOutput.standardOutput
        if json {
            for key in keys { output.line(key.json) }
        } else {
            let width = keys.map(\.id.count).max() ?? 0
            for key in keys { output.line(key.text(Style(for: output), width: width)) }
        }
    }
}
