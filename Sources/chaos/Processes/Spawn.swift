import Glibc
import Synchronization

/// Starts a program with pipes to its standard input and from its output.
enum Spawn {
    /// A child and this process's ends of its pipes, which the caller closes.
    struct Spawned {
        let id: pid_t
        let input: Int32
        let output: Int32
    }

    /// One at a time, or a child would inherit the pipes of another that is being started.
    private static let turn = Mutex(())

    static func start(
        _ command: [String],
        environment: [String: String]
    ) throws(ChaosError) -> Spawned {
        try turn.withLock { _ throws(ChaosError) in
            try startAlone(command, environment: environment)
        }
    }

    private static func startAlone(
        _ command: [String],
        environment: [String: String]
    ) throws(ChaosError) -> Spawned {
        let input = try makePipe()
        let output = try makePipe()
        defer {
            close(input.read)
            close(output.write)
        }
        var id: pid_t = 0
        // setpriv has the kernel kill the child when this process ends.
        let code = spawn(
            &id,
            ["setpriv", "--pdeathsig", "KILL"] + command,
            environment,
            input: input.read,
            output: output.write
        )
        guard code == 0 else {
            close(input.write)
            close(output.read)
            throw ChaosError("setpriv: \(String(cString: strerror(code)))")
        }
        return Spawned(id: id, input: input.write, output: output.read)
    }

    private static func makePipe() throws(ChaosError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw ChaosError("pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func spawn(
        _ id: inout pid_t,
        _ command: [String],
        _ environment: [String: String],
        input: Int32,
        output: Int32
    ) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that this process ignores must mean to the child what they always do; and Ctrl-C
        // at the terminal is for this process alone.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        )
        let arguments = command.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        return posix_spawnp(&id, command[0], &actions, &attributes, arguments, variables)
    }
}
