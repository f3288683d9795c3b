import FoundationEssentials
import Logging

/// Writes a log line for a person: time, level, message, metadata; in colour where asked to.
struct ConsoleLogHandler: LogHandler {
    let style: Style
    let output: @Sendable (String) -> Void
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// The clock.
    var now: @Sendable () -> Date = { Date() }

    init(style: Style, level: Logger.Level, output: @escaping @Sendable (String) -> Void) {
        self.style = style
        self.output = output
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let time = LogMetadata.timestamp(now()).dropFirst(11).dropLast()
        let details = LogMetadata.merged(metadata, metadataProvider, event)
            .sorted { $0.key < $1.key }
            .map { " \($0.key)=\(Self.oneLine("\($0.value)"))" }
            .joined()
        let level = event.level.rawValue
        let padded = level + String(repeating: " ", count: max(0, 8 - level.count))
        output(
            "\(style.faint(String(time))) \(style.paint(Self.colour(of: event.level), padded)) "
                + "\(Self.oneLine(event.message.description))\(style.faint(details))\n"
        )
    }

    private static func colour(of level: Logger.Level) -> Style.Colour {
        switch level {
        case .trace, .debug: .grey
        case .info, .notice: .green
        case .warning: .yellow
        case .error, .critical: .red
        }
    }

    /// Control characters would break the line, or the terminal.
    private static func oneLine(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
            )
        )
    }
}
