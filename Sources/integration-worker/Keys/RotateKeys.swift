import ArgumentParser
import Store

/// Re-encrypts everything under the current key.
struct RotateKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Re-encrypt every token under the first of TOKEN_ENCRYPTION_KEYS.",
        discussion: """
            Safe beside running workers that have the same key first, safe to stop, and to run again. \
            Ends with 78 and changes nothing where a key is missing or wrong.
            """
    )

    @OptionGroup var settings: SettingsOptions

    @Flag(help: "One JSON object: key, grants, attempts, revocations, and unused, a list of ids.")
    var json = false

    func run() async throws {
        let source = try await settings.source()
        let cipher = try WorkerSettings.cipher(source)
        let progress = RotationProgress(output: json ? nil : .standardError)
        let (rotated, used) = try await Preflight.withStore(source) { store in
            let others = try await store.keysInUse().filter { $0.key != cipher.currentKeyID }
            let total = others.values.reduce(0) { $0 + $1.total }
            defer { progress.end() }
            let rotated = try await store.rotateKeys { progress.show($0.total, of: total) }
            return (rotated, try await store.keysInUse())
        }
        let summary = RotationSummary(
            current: cipher.currentKeyID,
            rotated: rotated,
            unused: cipher.keyIDs.dropFirst().filter { used[$0] == nil }
        )
        let output = LogOutput.standardOutput
        for line in json ? [summary.json] : summary.lines { output.line(line) }
    }
}
