import FoundationEssentials
import Glibc
import Synchronization

/// The child processes of a demo and the directory with what they write.
///
/// Whatever happens, ``clear()`` ends all of them, the last one first, and removes the directory.
final class Stage: Sendable {
    private let directory: String
    private let children = Mutex<[ChildProcess]>([])

    init() throws(CommandFailure) {
        let parent = Self.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(parent)/integration-worker-demo.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CommandFailure("\(parent): \(String(cString: strerror(errno)))")
        }
        directory = String(
            decoding: template.dropLast().map(UInt8.init(bitPattern:)),
            as: UTF8.self
        )
    }

    /// Starts a child that stays, and waits until it is ready.
    ///
    /// - Returns: the lines it has written until then.
    func start(
        _ name: String,
        _ arguments: [String],
        settings: [String: String] = [:],
        isReady: @escaping @Sendable ([String]) -> Bool
    ) async throws -> [String] {
        let child = try await spawn(name, arguments, settings, isReady)
        return try await Deadline.wait(for: name, atMost: .seconds(30)) {
            try await child.whenReady()
        }
    }

    /// Runs a child to its end.
    ///
    /// - Throws: a ``CommandFailure`` with its last line where it fails.
    func run(_ name: String, _ arguments: [String], settings: [String: String]) async throws
        -> [String]
    {
        let child = try await spawn(name, arguments, settings) { _ in false }
        let status = try await Deadline.wait(for: name, atMost: .seconds(30)) {
            try await child.whenEnded()
        }
        guard status == 0 else {
            throw CommandFailure("\(name) failed: \(child.lastLines.last ?? "without a word")")
        }
        return child.lastLines
    }

    /// Ends everything and removes everything.
    ///
    /// Not cancellable: it is what is done at the end.
    func clear() async {
        for child in children.withLock(\.self).reversed() { await end(child) }
        do {
            try FileManager.default.removeItem(atPath: directory)
        } catch {
            LogOutput.standardError.line("\(directory) is left: \(error)")
        }
    }

    /// What a child wrote last, for who has to find out why something failed.
    func lastLines(of name: String) -> [String] {
        children.withLock(\.self).filter { $0.name == name }.flatMap(\.lastLines)
    }

    private func spawn(
        _ name: String,
        _ arguments: [String],
        _ settings: [String: String],
        _ isReady: @escaping @Sendable ([String]) -> Bool
    ) async throws -> ChildProcess {
        let words = name.split(separator: " ").joined(separator: "-")
        let child = try await ChildProcess.start(
            name,
            arguments,
            environment: Self.environment.merging(settings) { $1 },
            log: LogFile(path: "\(directory)/\(words).log"),
            isReady: isReady
        )
        children.withLock { $0.append(child) }
        return child
    }

    /// Nothing of the person's own settings may reach the pretend world.
    private static let environment = ProcessInfo.processInfo.environment.filter { name, _ in
        ["PATH", "HOME", "LANG", "TMPDIR", "POSTGRES_BIN", "LD_LIBRARY_PATH"]
            .contains(name)
    }

    /// In order, and by force where that takes too long.
    private func end(_ child: ChildProcess) async {
        child.signal(SIGTERM)
        do {
            _ = try await Deadline.wait(for: "the end of \(child.name)", atMost: .seconds(8)) {
                try await child.whenEnded()
            }
        } catch {
            child.signal(SIGKILL)
        }
    }
}
