import ArgumentParser
import Domain
import FoundationEssentials
import Kafka

/// Which dead letters a command is about.
struct DeadLetterSelection: ParsableArguments {
    @Option(
        help: "Only those since then: an instant (RFC 3339), or a duration such as 2h or 7d ago."
    )
    var since: String?

    @Option(help: "Only those of this company.")
    var company: String?

    @Option(help: "Only those with this reason, such as not-json or provider-unavailable.")
    var reason: String?

    @Option(help: "Only those of this topic: integration-request or sync-request.")
    var topic: String?

    func validate() throws {
        guard since == nil || start != nil else {
            throw ValidationError("--since is an instant such as 2026-05-01T10:00:00Z, or 2h.")
        }
        guard topic.map({ Topics.requests.contains($0) }) != false else {
            throw ValidationError("--topic is \(Topics.requests.joined(separator: " or ")).")
        }
    }

    var isEverything: Bool { since == nil && company == nil && reason == nil && topic == nil }

    private var start: Date? {
        since.flatMap { text in
            RFC3339.date(from: text)
                ?? DurationText.parse(text).map { Date().addingTimeInterval(-$0.seconds) }
        }
    }

    /// Reads the dead letters that are wanted, oldest first.
    func read(_ settings: KafkaSettings, places: Set<String> = []) async throws -> [DeadLetter] {
        let topics = (topic.map { [$0] } ?? Topics.requests)
            .map { settings.topicPrefix + Topics.deadLetters(of: $0) }
        let log = KafkaLog(
            bootstrapServers: settings.bootstrapServers,
            properties: settings.properties
        )
        let start = start
        var found: [DeadLetter] = []
        try await log.read(topics) { record in
            let letter = DeadLetter(record, topicPrefix: settings.topicPrefix)
            guard places.isEmpty || places.contains(letter.place),
                start.map({ letter.date ?? .distantPast >= $0 }) != false,
                company == nil || company == letter.company,
                reason == nil || reason == letter.reason
            else { return }
            found.append(letter)
        }
        return found.sorted { ($0.record.timestamp ?? 0) < ($1.record.timestamp ?? 0) }
    }
}

extension Duration {
    fileprivate var seconds: TimeInterval {
        TimeInterval(components.seconds) + TimeInterval(components.attoseconds) / 1e18
    }
}
