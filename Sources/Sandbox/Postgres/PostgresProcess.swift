import Foundation
import Glibc
import Synchronization

/// A child process, spawned and waited for on a thread of its own.
///
/// The thread lives as long as the child, which the kernel's parent-death signal needs; and unlike
/// Foundation's `Process` it does not wait for descendants that inherited a descriptor.
final class PostgresProcess: Sendable {
    private struct State {
        var status: Int32?
        var waiters: [CheckedContinuation<Int32, Never>] = []
    }

    private let state = Mutex(State())
    /// The child's process id.
    let id: pid_t

    private init(id: pid_t) {
        self.id = id
    }

    /// Starts a program in a process group of its own, with its output in a file.
    static func spawn(_ arguments: [String], output: String) async throws -> PostgresProcess {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                switch start(arguments, output: output) {
                case .failure(let error): continuation.resume(throwing: error)
                case .success(let id):
                    let process = PostgresProcess(id: id)
                    continuation.resume(returning: process)
                    process.awaitEnd()
                }
            }
        }
    }

    /// Runs a program to its end and returns what it wrote; throws if it fails.
    @discardableResult
    static func run(_ arguments: [String], output: String) async throws -> String {
        let process = try await spawn(arguments, output: output)
        let status = await process.ended()
        let text = read(output)
        guard status == 0 else {
            throw ThrowawayPostgresError("\(arguments.joined(separator: " ")) failed: \(text)")
        }
        return text
    }

    /// What a file has; empty if there is none.
    ///
    /// Foundation's own way leaks a page for every empty file.
    static func read(_ path: String) -> String {
        guard let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&part, 1, part.count, file), count > 0 {
            bytes += part[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Removes a directory and what is in it; one that is gone already is no error.
    static func removeDirectory(_ path: String) {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            guard FileManager.default.fileExists(atPath: path) else { return }
            FileHandle.standardError.write(Data("cannot remove \(path): \(error)\n".utf8))
        }
    }

    /// The exit status once the child has ended.
    func ended() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state in
                if state.status == nil { state.waiters.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    var isRunning: Bool { state.withLock { $0.status == nil } }

    /// Sends a signal unless the child has ended and its id may be another's.
    func signal(_ signal: Int32) {
        state.withLock { state in
            if state.status == nil { _ = kill(id, signal) }
        }
    }

    /// The ids of the child's own children.
    var children: [pid_t] {
        let text = Self.read("/proc/\(id)/task/\(id)/children")
        return text.split(separator: " ").compactMap { pid_t($0) }
    }

    private func awaitEnd() {
        // The id stays the child's until it is reaped, which must not come between the look and the kill.
        var information = siginfo_t()
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let waiters = state.withLock { state in
            var status: Int32 = 0
            while waitpid(id, &status, 0) == -1, errno == EINTR {}
            state.status = status
            defer { state.waiters = [] }
            return state.waiters.map { ($0, status) }
        }
        for (waiter, status) in waiters { waiter.resume(returning: status) }
    }

    private static func start(
        _ arguments: [String],
        output: String
    ) -> Result<pid_t, ThrowawayPostgresError> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Ctrl-C at the terminal is for the parent; the children follow when it ends.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let strings = arguments.map { strdup($0) } + [nil]
        defer { strings.forEach { free($0) } }
        var id: pid_t = 0
        let code = posix_spawnp(&id, arguments[0], &actions, &attributes, strings, environ)
        guard code == 0 else {
            let reason = String(cString: strerror(code))
            return .failure(ThrowawayPostgresError("cannot start \(arguments[0]): \(reason)"))
        }
        return .success(id)
    }
}
