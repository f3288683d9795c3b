import Glibc

/// What one child wrote.
final class LogFile: Sendable {
    let path: String
    private let descriptor: Int32

    /// Makes the file.
    init(path: String) throws(CommandFailure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure("\(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
    }

    /// Appends bytes; a full disk is no reason to stop what is being shown.
    func write(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
