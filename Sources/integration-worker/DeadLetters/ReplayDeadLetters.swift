import ArgumentParser
import Kafka
import Logging

/// Sends dead letters again.
struct ReplayDeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send dead letters again, each to the topic it came from.",
        discussion: """
            Key, value and headers go out as they came in, with one header more, dlq.replay, by which \
            the worker tells a replay from a repeat: each dead letter is worked off once, however \
            often it is replayed.
            """
    )

    /// How many are under way at once.
    private static let batch = 100

    @OptionGroup var settings: SettingsOptions
    @OptionGroup var selection: DeadLetterSelection

    @Argument(help: "Places, as list shows them: sync-request.dlq/2/17.")
    var places: [String] = []

    @Flag(help: "Every dead letter there is.")
    var all = false

    @Flag(help: "Only say what would be sent.")
    var dryRun = false

    func validate() throws {
        guard all || !places.isEmpty || !selection.isEverything else {
            throw ValidationError(
                "Say which: places, --since, --company, --reason, --topic, or --all."
            )
        }
    }

    func run() async throws {
        let settings = try KafkaSettings(await settings.source())
        let letters = try await selection.read(settings, places: Set(places))
        let missing = Set(places).subtracting(letters.map(\.place)).sorted()
        guard missing.isEmpty else {
            throw CommandFailure(
                "\(missing.joined(separator: ", ")): no such dead letter; list shows their places",
                .invalidData
            )
        }
        let output = LogOutput.standardOutput
        let text = DeadLetterText(style: Style(for: output))
        guard !dryRun else {
            for letter in letters { output.line(text.line(letter)) }
            return output.line("would replay \(letters.count)")
        }
        try await send(letters, settings)
        output.line("replayed \(letters.count)")
    }

    private func send(_ letters: [DeadLetter], _ settings: KafkaSettings) async throws {
        let producer = try KafkaProducer(
            ProducerConfiguration(
                bootstrapServers: settings.bootstrapServers,
                properties: ["message.timeout.ms": "30000", "message.max.bytes": "4194304"]
                    .merging(settings.properties) { $1 }
            ),
            logger: Logger(label: "replay") { _ in SwiftLogNoOpLogHandler() }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await producer.run() }
            defer { producer.close() }
            let progress = LogOutput.standardError
            for start in stride(from: 0, to: letters.count, by: Self.batch) {
                let end = min(start + Self.batch, letters.count)
                let results = await producer.send(letters[start..<end].map(\.replay))
                for (letter, result) in zip(letters[start..<end], results) {
                    guard case .failure(let error) = result else { continue }
                    throw CommandFailure(
                        "\(letter.place) was not delivered: \(error.reason); run it again, what is "
                            + "replayed already is not worked off twice",
                        .unavailable
                    )
                }
                if progress.isTerminal { progress.line("\(end) of \(letters.count)") }
            }
        }
    }
}
