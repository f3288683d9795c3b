import Logging

/// What is logged, and in which form.
struct LogSettings: Sendable {
    var level: Logger.Level
    var format: Format

    /// The form of a log line.
    enum Format: String, CaseIterable, Sendable {
        /// One object a line, for collectors.
        case json
        /// For a person at a terminal.
        case console
    }

    /// Reads `LOG_LEVEL` and `LOG_FORMAT`.
    init(
        _ source: SettingsSource,
        defaultFormat: Format = .json,
        defaultLevel: Logger.Level = .info
    ) throws(SettingsError) {
        level = try source.choice("LOG_LEVEL", default: defaultLevel)
        format = try source.choice("LOG_FORMAT", default: defaultFormat)
    }
}
