import FoundationEssentials
import Synchronization

/// Shows a demo's progress: in place and in colour on a terminal, line by line elsewhere.
final class Screen: Sendable {
    let style: Style
    private let output = LogOutput.standardOutput
    private let chapter = Mutex(0)

    init() {
        style = Style(for: output)
    }

    /// A headline with the next number.
    func chapter(_ title: String) {
        let number = chapter.withLock { chapter in
            chapter += 1
            return chapter
        }
        output.line()
        output.line(style.bold("\(number)  \(title)"))
    }

    /// A headline.
    func heading(_ title: String) {
        output.line()
        output.line(style.bold(title))
    }

    /// Does something and shows that it is done, what came of it, and how long it took.
    func step<Result>(
        _ name: String,
        detail: (Result) -> String = { _ in "" },
        _ body: () async throws -> Result
    ) async throws -> Result {
        let isLive = output.isTerminal
        if isLive { output.write("   \(style.faint("…")) \(name)") }
        let start = ContinuousClock.now
        do {
            let result = try await body()
            let took = Self.text(ContinuousClock.now - start)
            if isLive { output.write("\r\u{1B}[2K") }
            output.line(
                "   \(style.paint(.green, "✓")) \(Self.padded(name, 36))"
                    + "\(Self.padded(detail(result), 54))\(style.faint(took))"
            )
            return result
        } catch {
            if isLive { output.write("\r\u{1B}[2K") }
            output.line("   \(style.paint(.red, "✗")) \(name)")
            throw error
        }
    }

    /// What somebody sends.
    func sent(_ what: String, _ detail: String) {
        output.line("   \(style.paint(.blue, "→")) \(Self.padded(what, 38))\(detail)")
    }

    /// What comes back.
    func received(_ what: String, _ detail: String, _ colour: Style.Colour = .green) {
        let name = Self.padded(what, 38)
        output.line("   \(style.paint(colour, "←")) \(style.paint(colour, name))\(detail)")
    }

    /// A line of explanation.
    func note(_ text: String) { output.line("     \(style.faint(text))") }

    /// A line as it is.
    func line(_ text: String) { output.line("   \(text)") }

    /// A line to be pasted, from the margin.
    func bare(_ text: String = "") { output.line(text) }

    /// A name and its value, in columns.
    func row(_ name: String, _ value: String) {
        output.line("   \(Self.padded(name, 44))\(value)")
    }

    /// Seconds or milliseconds, whichever reads better.
    static func text(_ duration: Duration) -> String {
        let milliseconds =
            Double(duration.components.seconds) * 1000
            + Double(duration.components.attoseconds) / 1e15
        guard milliseconds >= 1000 else { return "\(Int(milliseconds.rounded())) ms" }
        let tenths = Int((milliseconds / 100).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
