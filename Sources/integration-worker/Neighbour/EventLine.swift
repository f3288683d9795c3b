import Domain
import FoundationEssentials
import Kafka

/// Shows an event as one line: time, type, subject, and what a person wants to know of its data.
struct EventLine: Sendable {
    let style: Style

    init(_ style: Style) {
        self.style = style
    }

    func text(_ event: ReceivedEvent) -> String {
        let type = name(of: event)
        let subject = event.subject ?? event.key
        return [
            style.faint(time(of: event)), padded(type, 38, colour(of: event)),
            style.faint(subject), Self.oneLine(summary(of: event)),
        ].filter { !$0.isEmpty }.joined(separator: "  ")
    }

    /// What a person wants to know of an event's data.
    func summary(of event: ReceivedEvent) -> String {
        if let reason = event.header("dlq.reason") {
            let place = ["dlq.topic", "dlq.partition", "dlq.offset"]
                .compactMap { event.header($0) }.joined(separator: "/")
            return "\(reason): \(event.header("dlq.message") ?? "") (\(place))"
        }
        guard !event.isTombstone else { return "removed from the list" }
        switch event.type {
        case "task.updated.v1": return task(event)
        case "sync.completed.v1": return counts(event)
        case "integration.authorization-required.v1":
            return "open the URL before \(event.text("expiresAt") ?? "it expires")"
        case "integration.enabled.v1":
            return [
                event.text("account", "username"), event.text("account", "organizationName"),
                event.text("account", "edition"),
            ].compactMap(\.self).joined(separator: " · ")
        case "integration.disabled.v1": return event.text("scope") ?? ""
        default:
            return [
                event.text("reason"), event.text("message"), event.text("remedy"),
                event.text("retryAt").map { "again at \($0)" },
            ].compactMap(\.self).joined(separator: " · ")
        }
    }

    private func name(of event: ReceivedEvent) -> String {
        if event.isDeadLetter { return "dead letter" }
        return event.isTombstone ? "tombstone" : event.type ?? "unknown"
    }

    private func task(_ event: ReceivedEvent) -> String {
        let change = event.text("change") ?? ""
        let reason = event.text("removalReason").map { " (\($0))" } ?? ""
        let title = event.text("title") ?? ""
        let status = change == "removed" ? "" : " · \(event.text("status") ?? "")"
        return "\(change)\(reason) v\(event.text("version") ?? "?") “\(title)”\(status)"
    }

    private func counts(_ event: ReceivedEvent) -> String {
        let counts = ["created", "updated", "completed", "reopened", "removed", "unchanged"]
            .compactMap { name -> String? in
                guard let count = event.text("counts", name), count != "0" else { return nil }
                return "\(count) \(name)"
            }
        let took = event.text("durationMs").map { " · \($0) ms" } ?? ""
        let calls = event.text("providerCalls").map { " · \($0) call\($0 == "1" ? "" : "s")" } ?? ""
        return (counts.isEmpty ? "no changes" : counts.joined(separator: ", ")) + took + calls
    }

    private func time(of event: ReceivedEvent) -> String {
        let date =
            event.header("ce_time").flatMap { RFC3339.date(from: $0) }
            ?? event.record.timestamp.map { Date(timeIntervalSince1970: Double($0) / 1000) }
        guard let date else { return "--:--:--" }
        return String(RFC3339.string(from: date).dropFirst(11).prefix(8))
    }

    private func colour(of event: ReceivedEvent) -> Style.Colour {
        if event.isDeadLetter { return .red }
        switch event.type ?? "" {
        case "task.updated.v1": return .cyan
        case let type where type.contains("failed") || type.contains("reauthorization"):
            return .red
        case "sync.deferred.v1", "integration.authorization-required.v1": return .yellow
        case "": return .grey
        default: return .green
        }
    }

    private func padded(_ text: String, _ width: Int, _ colour: Style.Colour) -> String {
        style.paint(colour, text) + String(repeating: " ", count: max(0, width - text.count))
    }

    /// What a provider or a sender wrote must not steer the terminal.
    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.properties.generalCategory != .control }
            )
        )
    }
}
