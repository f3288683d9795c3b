import Foundation

/// One process of the worker.
struct WorkerProcess: Sendable {
    let child: ChildProcess
    let started: Instant

    /// Starts `run`.
    static func start(
        _ name: String,
        in world: World,
        options: [String] = [],
        environment: [String: String] = [:]
    ) async throws -> WorkerProcess {
        let started = Instant.now
        let child = try await ChildProcess.start(
            name,
            [world.stage.program, "run"] + options,
            environment: world.environment.merging(environment) { $1 },
            directory: world.stage.directory
        )
        return WorkerProcess(child: child, started: started)
    }

    /// The base URL of its ops server, which it logs.
    func address() async throws -> String {
        try await child.first { lines in
            lines.lazy.compactMap { line in
                line.firstRange(of: "\"ops.address\":\"").map {
                    String(line[$0.upperBound...].prefix { $0 != "\"" })
                }
            }.first
        }
    }

    /// Waits until it says that it is ready.
    func whenReady(in world: World) async throws {
        let url = try await address() + "/ready"
        while await world.get(url)?.status != 200 {
            guard child.isRunning else {
                throw ChaosError("\(child.name) ended: \(child.lastLine ?? "without a word")")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

extension ChildProcess.Ending {
    var text: String {
        switch self {
        case .exited(let code): "exited with \(code)"
        case .killed(let signal): "was killed by signal \(signal)"
        }
    }
}
