import FoundationEssentials
import Logging

/// Writes a log line as one JSON object: `time`, `level`, `message`, `logger`, then the metadata.
struct JSONLogHandler: LogHandler {
    let label: String
    let output: @Sendable (String) -> Void
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// The clock.
    var now: @Sendable () -> Date = { Date() }

    init(label: String, level: Logger.Level, output: @escaping @Sendable (String) -> Void) {
        self.label = label
        self.output = output
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var metadata = LogMetadata.merged(metadata, metadataProvider, event)
        // These four are the line's own.
        for name in ["time", "level", "message", "logger"] {
            metadata["metadata.\(name)"] = metadata.removeValue(forKey: name)
        }
        var line = JSONLine()
        line.field("time", LogMetadata.timestamp(now()))
        line.field("level", event.level.rawValue)
        line.field("message", event.message.description)
        line.field("logger", label)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { line.field(key, value) }
        output(line.text)
    }
}
