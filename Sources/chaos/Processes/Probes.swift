import Foundation
import Synchronization

/// Asks every worker how it is, several times a second.
final class Probes: Sendable {
    private struct Look: Sendable {
        var worker: String
        var at: Instant
        var isAlive: Bool
        var isReady: Bool
        /// What is not there, in the words of `/ready`.
        var missing: Set<String>
    }

    private struct Report: Decodable {
        struct Dependency: Decodable {
            var name: String
            var ok: Bool
        }
        var dependencies: [Dependency]
    }

    private struct State {
        var looks: [Look] = []
        var memory: [String: Double] = [:]
    }

    private static let period = Duration.milliseconds(200)

    private let world: World
    private let fleet: Fleet
    private let state = Mutex(State())

    init(_ world: World, _ fleet: Fleet) {
        self.world = world
        self.fleet = fleet
    }

    /// Runs the body while looking.
    func whileWatching(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    for process in self.fleet.processes { try await self.look(at: process) }
                    try await Task.sleep(for: Self.period)
                }
            }
            defer { group.cancelAll() }
            try await body()
        }
    }

    /// When a worker did not say that it lives.
    var deaths: [String] {
        state.withLock { $0.looks.filter { !$0.isAlive }.map(\.worker) }
    }

    /// Whether every worker said that it is ready when it was asked last.
    var areAllReady: Bool {
        let names = fleet.processes.map(\.child.name)
        return state.withLock { state in
            names.allSatisfy { name in state.looks.last { $0.worker == name }?.isReady ?? false }
        }
    }

    /// When a worker did not name what was away.
    func unaware(of neighbour: String, from start: Instant, to end: Instant) -> [String] {
        state.withLock { state in
            state.looks.filter { look in
                look.at >= start && look.at <= end && !look.missing.contains(neighbour)
            }.map(\.worker)
        }
    }

    /// The most memory of each worker so far, in MB.
    func highestMemory(of fleet: Fleet) -> [Double] {
        let names = fleet.processes.map(\.child.name)
        return state.withLock { state in names.map { state.memory[$0] ?? 0 } }
    }

    private func look(at process: WorkerProcess) async throws {
        let address = try await process.address()
        let at = Instant.now
        let live = await world.get(address + "/live")
        let ready = await world.get(address + "/ready")
        let report = ready.flatMap {
            try? JSONDecoder().decode(Report.self, from: Data($0.body.utf8))
        }
        let memory = process.child.residentMegabytes
        state.withLock { state in
            state.looks.append(
                Look(
                    worker: process.child.name,
                    at: at,
                    isAlive: live?.status == 200,
                    isReady: ready?.status == 200,
                    missing: Set(report?.dependencies.filter { !$0.ok }.map(\.name) ?? [])
                )
            )
            state.memory[process.child.name] = max(memory, state.memory[process.child.name] ?? 0)
        }
    }
}
