import Glibc
import Synchronization

/// Writes whole lines to a descriptor; lines of several threads do not mix.
struct LogOutput: Sendable {
    private static let lock = Mutex(())
    let descriptor: Int32

    static let standardOutput = LogOutput(descriptor: STDOUT_FILENO)
    static let standardError = LogOutput(descriptor: STDERR_FILENO)

    /// Whether a person looks at it, who wants colours; `NO_COLOR` says they do not.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Writes text as it is, to the end or until the reader is gone.
    func write(_ text: String) {
        var text = text
        Self.lock.withLock { _ in
            text.withUTF8 { bytes in
                var rest = UnsafeRawBufferPointer(bytes)
                while let start = rest.baseAddress, !rest.isEmpty {
                    let count = Glibc.write(descriptor, start, rest.count)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { return }
                    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                }
            }
        }
    }

    /// Writes a line.
    func line(_ text: String = "") { write(text + "\n") }
}
