import Synchronization

/// Counts what has been re-encrypted: in place on a terminal, a line for each tenth elsewhere.
final class RotationProgress: Sendable {
    private let output: LogOutput?
    private let shownTenths = Mutex(0)

    /// Makes one that shows nothing where there is no output.
    init(output: LogOutput?) {
        self.output = output
    }

    func show(_ done: Int, of total: Int) {
        guard let output, total > 0 else { return }
        guard !output.isTerminal else {
            return output.write("\r\u{1B}[2K\(done) of \(total)")
        }
        let tenths = done * 10 / total
        let isNews = shownTenths.withLock { shown in
            defer { shown = tenths }
            return tenths > shown
        }
        if isNews { output.line("\(done) of \(total)") }
    }

    /// Makes room for what comes after.
    func end() {
        if let output, output.isTerminal { output.write("\r\u{1B}[2K") }
    }
}
