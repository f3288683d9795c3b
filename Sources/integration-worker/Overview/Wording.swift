import Domain
import FoundationEssentials
import Store

/// Numbers and times as sentences have them, told at one moment.
struct Wording: Sendable {
    let now: Date

    /// `2026-11-24T13:02:11Z`.
    func time(_ date: Date) -> String {
        RFC3339.string(from: Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded()))
    }

    /// `2026-11-24T13:02:11Z (4 min ago)`, or `(in 4 min)`.
    func moment(_ date: Date) -> String {
        let seconds = date.timeIntervalSince(now).rounded()
        let distance =
            seconds > 0 ? "in \(Self.span(seconds))" : "\(Self.span(-seconds)) ago"
        return "\(time(date)) (\(distance))"
    }

    /// How long ago.
    func age(_ date: Date) -> String { Self.span(max(0, now.timeIntervalSince(date))) }

    /// `3`, `more than 10 000`, `at least 7`, `0 or more`.
    static func number(_ rows: RowCount) -> String {
        let limit = 10_000
        guard !rows.isComplete else { return number(rows.count) }
        switch rows.count {
        case 0: return "0 or more"
        case ..<limit: return "at least \(number(rows.count))"
        default: return "more than \(number(limit))"
        }
    }

    /// With a space for every thousand.
    static func number(_ count: Int) -> String {
        let digits = Array(String(count))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += " " }
            text.append(digit)
        }
        return text
    }

    /// `1 task is`, `2 tasks are`.
    static func subject(_ rows: RowCount, _ one: String, _ many: String) -> String {
        "\(number(rows)) \(rows == RowCount(1) ? one : many)"
    }

    /// What a provider or a sender wrote must not steer the terminal.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.properties.generalCategory != .control }
            )
        )
    }

    private static func span(_ seconds: TimeInterval) -> String {
        switch seconds {
        case ..<90: "\(Int(seconds)) s"
        case ..<5400: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3600)) h"
        default: "\(Int(seconds / 86_400)) d"
        }
    }
}

extension [String: RowCount] {
    /// How many of one state.
    func count(_ state: some RawRepresentable<String>) -> RowCount {
        self[state.rawValue] ?? RowCount()
    }

    /// All of them together.
    var total: RowCount {
        values.reduce(into: RowCount()) { total, rows in
            total.count += rows.count
            total.isComplete = total.isComplete && rows.isComplete
        }
    }
}
