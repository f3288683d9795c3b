import Foundation

/// Prints what came of the scenarios: a line each as they end, and the count at last.
struct ReportTable: Sendable {
    private struct Column {
        var title: String
        var width: Int
        var isNumber = true
    }

    private static let columns = [
        Column(title: "scenario", width: 15, isNumber: false),
        Column(title: "what was done", width: 62, isNumber: false),
        Column(title: "requests", width: 8), Column(title: "lost", width: 4),
        Column(title: "twice", width: 5), Column(title: "order", width: 5),
        Column(title: "repeats", width: 14), Column(title: "recovery", width: 8),
    ]

    private struct Document: Encodable {
        var seed: UInt64
        var reports: [Report]
    }

    let seed: UInt64
    let isJSON: Bool
    private let isColoured = isatty(STDOUT_FILENO) == 1

    init(seed: UInt64, isJSON: Bool) {
        self.seed = seed
        self.isJSON = isJSON
    }

    func begin() {
        guard !isJSON else { return }
        write("seed \(seed)\n")
        write(dim("  " + Self.row(Self.columns.map(\.title))))
    }

    func add(_ report: Report) {
        guard !isJSON else { return }
        let mark = report.hasPassed ? paint(32, "✓") : paint(31, "✗")
        write("\(mark) \(Self.row(report))")
        for note in report.notes { write(dim("    \(note)")) }
        for failure in report.failures { write(paint(31, "    \(failure)")) }
    }

    func end(_ reports: [Report]) {
        guard !isJSON else { return write(json(reports)) }
        let passed = reports.count(where: \.hasPassed)
        write("\(passed) passed, \(reports.count - passed) failed")
    }

    static func row(_ report: Report) -> String {
        let all = report.events + report.repeatedEvents
        let share = all == 0 ? 0 : Double(report.repeatedEvents) / Double(all) * 100
        return row([
            report.scenario, report.done, "\(report.requests)", "\(report.lost)",
            "\(report.duplicatedEffects)", "\(report.orderViolations)",
            "\(report.repeatedEvents) (\(String(format: "%.2f", share)) %)",
            report.recoverySeconds.map { Duration.seconds($0).text } ?? "",
        ])
    }

    private static func row(_ cells: [String]) -> String {
        let padded = zip(columns, cells).map { column, cell in
            let padding = String(repeating: " ", count: max(0, column.width - cell.count))
            return column.isNumber ? padding + cell : cell + padding
        }
        return padded.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
    }

    private func json(_ reports: [Report]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let document = Document(seed: seed, reports: reports)
        guard let data = try? encoder.encode(document) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    private func paint(_ colour: Int, _ text: String) -> String {
        isColoured ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
    }

    private func dim(_ text: String) -> String { paint(2, text) }

    private func write(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}
