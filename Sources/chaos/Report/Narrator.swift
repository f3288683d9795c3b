import Foundation

/// Says what is being done, on standard error, so that standard output is the result alone.
struct Narrator: Sendable {
    private let started = Instant.now
    private let isColoured = isatty(STDERR_FILENO) == 1

    func say(_ scenario: String, _ text: String) {
        let seconds = Int(started.duration(to: .now).seconds)
        let line = "· \(seconds) s  \(scenario): \(text)"
        let shown = isColoured ? "\u{1B}[2m\(line)\u{1B}[0m" : line
        FileHandle.standardError.write(Data("\(shown)\n".utf8))
    }
}
