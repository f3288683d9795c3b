import Domain
import FoundationEssentials
import Kafka

/// Shows dead letters to people.
struct DeadLetterText: Sendable {
    let style: Style

    /// One line of the list.
    func line(_ letter: DeadLetter) -> String {
        let date = letter.date.map { RFC3339.string(from: $0) } ?? ""
        return [
            style.faint(String(date.prefix(19))), padded(letter.place, 28),
            style.paint(.red, padded(letter.reason, 20)), padded(letter.company ?? "-", 12),
            padded(letter.type ?? "-", 24), padded(letter.attempts, 2),
            Self.printable(letter.message),
        ].joined(separator: "  ")
    }

    /// How many there are of each reason, the most first.
    func summary(_ letters: [DeadLetter]) -> String {
        guard !letters.isEmpty else { return "no dead letters" }
        let counts = Dictionary(grouping: letters, by: \.reason).mapValues(\.count)
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.value) \($0.key)" }
        return "\(letters.count) dead letters: \(counts.joined(separator: ", "))"
    }

    /// One dead letter whole.
    func whole(_ letter: DeadLetter) -> String {
        var lines = [style.bold(letter.place)]
        for header in letter.notes + letter.headers {
            let value = header.value.map(Self.text) ?? style.faint("null")
            lines.append("  \(style.faint(padded(header.name, 20)))  \(value)")
        }
        lines.append(
            "  \(style.faint(padded("key", 20)))  \(letter.record.key.map(Self.text) ?? "null")"
        )
        lines.append("  \(style.faint("value"))")
        lines.append(contentsOf: value(of: letter).map { "    \($0)" })
        return lines.joined(separator: "\n")
    }

    /// What came back from a log-in page is worth hiding, also from who reads over a shoulder.
    private func value(of letter: DeadLetter) -> [String] {
        guard let value = letter.record.value else { return [style.faint("null")] }
        guard let text = String(validating: value, as: UTF8.self) else {
            return Self.hexadecimal(value)
        }
        let masked = text.replacing(/"(code|state)"\s*:\s*"[^"]*"/) { "\"\($0.output.1)\":\"…\"" }
        return masked.split(whereSeparator: \.isNewline).map { Self.printable(String($0)) }
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(validating: bytes, as: UTF8.self).map(printable)
            ?? hexadecimal(bytes).joined(separator: " ")
    }

    /// Sixteen bytes a line.
    private static func hexadecimal(_ bytes: [UInt8]) -> [String] {
        stride(from: 0, to: bytes.count, by: 16).map { start in
            bytes[start..<min(start + 16, bytes.count)].map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined(separator: " ")
        }
    }

    /// What a sender wrote must not steer the terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.properties.generalCategory != .control }
            )
        )
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
