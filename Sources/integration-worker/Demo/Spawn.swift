import FoundationEssentials
import Glibc

/// Starts this very program again.
enum Spawn {
    /// A child and the end of the pipe its output comes through, which the caller closes.
    struct Spawned {
        let id: pid_t
        let output: Int32
    }

    /// The program's own file, also where it was found on the path.
    private static func executable() throws(CommandFailure) -> String {
        do {
            return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        } catch {
            throw CommandFailure("this program's own file is not to be found: \(error)")
        }
    }

    static func start(
        _ arguments: [String],
        environment: [String: String]
    ) -> Result<Spawned, CommandFailure> {
        do throws(CommandFailure) {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw failure("pipe", errno) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            defer { close(ends[1]) }
            // setpriv has the kernel end the child when this process ends, however that comes about.
            let command = ["setpriv", "--pdeathsig", "TERM", try executable()] + arguments
            var id: pid_t = 0
            let code = spawn(&id, command, environment, output: ends[1])
            guard code == 0 else {
                close(ends[0])
                throw failure("setpriv", code)
            }
            return .success(Spawned(id: id, output: ends[0]))
        } catch {
            return .failure(error)
        }
    }

    private static func spawn(
        _ id: inout pid_t,
        _ command: [String],
        _ environment: [String: String],
        output: Int32
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        return posix_spawnp(&id, command[0], &actions, &attributes, arguments, variables)
    }

    private static func failure(_ what: String, _ code: Int32) -> CommandFailure {
        CommandFailure("\(what): \(String(cString: strerror(code)))")
    }
}
