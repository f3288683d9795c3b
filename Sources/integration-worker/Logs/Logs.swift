import Logging

/// Makes loggers as they are configured; every line goes to standard error.
struct Logs: Sendable {
    let settings: LogSettings

    func logger(_ label: String) -> Logger {
        let output = LogOutput.standardError
        return Logger(label: label) { label in
            switch settings.format {
            case .json:
                JSONLogHandler(label: label, level: settings.level) { output.write($0) }
            case .console:
                ConsoleLogHandler(style: Style(for: output), level: settings.level) {
                    output.write($0)
                }
            }
        }
    }
}
