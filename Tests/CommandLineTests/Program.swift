import Foundation
import Glibc

/// The built program, run as a process of its own.
struct Program {
    /// How a run ended.
    struct Ending {
        var status: Int32
        var output: String
        var errors: String

        /// The lines on standard error.
        var errorLines: [Substring] { errors.split(whereSeparator: \.isNewline) }
    }

    /// Runs it to its end, with these environment variables alone.
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> Ending {
        let directory = "\(NSTemporaryDirectory())program-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        defer { unlinkAll(directory) }
        let child = try spawn(arguments, environment) { actions in
            for (descriptor, name) in [(Int32(1), "output"), (2, "errors")] {
                let path = "\(directory)/\(name)"
                posix_spawn_file_actions_addopen(
                    &actions,
                    descriptor,
                    path,
                    O_WRONLY | O_CREAT,
                    0o600
                )
            }
        }
        let status = await withCheckedContinuation { continuation in
            // Waiting blocks: on a thread of its own.
            Thread.detachNewThread { continuation.resume(returning: awaitEnd(of: child)) }
        }
        return Ending(
            status: status,
            output: try String(contentsOfFile: "\(directory)/output", encoding: .utf8),
            errors: try String(contentsOfFile: "\(directory)/errors", encoding: .utf8)
        )
    }

    /// Beside the tests' own executable.
    private static func path() throws -> String {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: own).deletingLastPathComponent().path() + "integration-worker"
    }

    /// Starts it with one pipe for both of its outputs.
    static func start(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> RunningProgram {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        let id = try spawn(arguments, environment) { actions in
            posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
            posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        }
        return RunningProgram(id: id, output: ends[0])
    }

    /// Blocks; the exit status, or 128 and the signal that ended it, as a shell says it.
    static func awaitEnd(of child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) == -1, errno == EINTR {}
        // WEXITSTATUS and WTERMSIG, which are macros.
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }

    private static func spawn(
        _ arguments: [String],
        _ environment: [String: String],
        _ redirect: (inout posix_spawn_file_actions_t) -> Void
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        redirect(&actions)
        let path = try path()
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        let inherited = ProcessInfo.processInfo.environment.filter {
            ["PATH", "LD_LIBRARY_PATH", "HOME"].contains($0.key)
        }
        let variables =
            inherited.merging(environment) { $1 }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, path, &actions, nil, words, variables)
        guard code == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: code) ?? .ENOENT)
        }
        return id
    }

    private static func unlinkAll(_ directory: String) {
        for name in ["output", "errors"] { unlink("\(directory)/\(name)") }
        rmdir(directory)
    }
}
