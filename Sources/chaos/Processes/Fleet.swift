import Glibc
import Synchronization

/// Replicas of the worker, each started again whenever its process ends, as an orchestrator would.
final class Fleet: Sendable {
    private struct Replica {
        var process: WorkerProcess?
        var starts = 0
        /// Whether its process was told to end, or killed, by the scenario.
        var isStruck = false
        /// Whether it is not to be started again.
        var isLeaving = false
    }

    private struct State {
        var replicas: [Int: Replica] = [:]
        var next = 0
        var isClosed = false
        var unexpected: [String] = []
        var exitCodes: [ChildProcess.Ending] = []
    }

    private let world: World
    private let options: [String]
    private let environment: [String: String]
    private let state = Mutex(State())
    private let changes = Signal()
    private let additions: AsyncStream<Int>
    private let add: AsyncStream<Int>.Continuation

    /// - Parameters:
    ///   - world: the neighbours they work among.
    ///   - options: what comes after `run`.
    ///   - environment: what differs from the world's settings.
    init(_ world: World, options: [String] = [], environment: [String: String] = [:]) {
        self.world = world
        self.options = options
        self.environment = environment
        (additions, add) = AsyncStream.makeStream()
    }

    /// Keeps the replicas until ``close()``, and ends with the last process.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for await number in additions {
                group.addTask { try await self.keep(number) }
            }
            try await group.waitForAll()
        }
    }

    /// Kills everything and starts nothing any more.
    func close() {
        let processes = state.withLock { state -> [WorkerProcess] in
            state.isClosed = true
            return state.replicas.values.compactMap(\.process)
        }
        for process in processes {
            process.child.signal(SIGKILL)
            process.child.signal(SIGCONT)
        }
        add.finish()
    }

    // MARK: - What a scenario does

    /// The numbers of the replicas that are to run.
    var members: [Int] {
        state.withLock { state in
            state.replicas.filter { !$0.value.isLeaving }.keys.sorted()
        }
    }

    /// The processes that are to run and do.
    var processes: [WorkerProcess] {
        state.withLock { state in
            state.replicas.sorted { $0.key < $1.key }.filter { !$0.value.isLeaving }
                .compactMap(\.value.process)
        }
    }

    /// Ends that nobody asked for.
    var unexpectedEnds: [String] { state.withLock(\.unexpected) }

    /// How replicas ended that were told to leave.
    var endings: [ChildProcess.Ending] { state.withLock(\.exitCodes) }

    /// Adds replicas, or lets the oldest leave with SIGTERM.
    func scale(to count: Int) {
        let (added, leaving) = state.withLock { state -> ([Int], [WorkerProcess]) in
            let staying = state.replicas.filter { !$0.value.isLeaving }.keys.sorted()
            var leaving: [WorkerProcess] = []
            for number in staying.prefix(max(0, staying.count - count)) {
                state.replicas[number]?.isLeaving = true
                if let process = state.replicas[number]?.process { leaving.append(process) }
            }
            let added = (0..<max(0, count - staying.count)).map { state.next + $0 }
            for number in added { state.replicas[number] = Replica() }
            state.next += added.count
            return (added, leaving)
        }
        for number in added { add.yield(number) }
        for process in leaving { process.child.signal(SIGTERM) }
    }

    /// Kills one as a crash would; it is started again at once.
    func kill(_ number: Int) {
        let process = state.withLock { state in
            state.replicas[number]?.isStruck = true
            return state.replicas[number]?.process
        }
        process?.child.signal(SIGKILL)
    }

    /// Freezes one, or lets it go on.
    func signal(_ number: Int, _ signal: Int32) {
        state.withLock { $0.replicas[number]?.process }?.child.signal(signal)
    }

    /// Waits until every replica says that it is ready.
    func whenReady() async throws {
        for number in members {
            let process = try await changes.first {
                state.withLock { $0.replicas[number]?.process }
            }
            try await process.whenReady(in: world)
        }
    }

    /// Waits until all that were told to leave are gone.
    func whenLeft() async throws {
        try await changes.first {
            state.withLock { $0.replicas.values.contains(where: \.isLeaving) ? nil : () }
        }
    }

    // MARK: - Keeping

    private func keep(_ number: Int) async throws {
        while let start = takeStart(number) {
            let process = try await WorkerProcess.start(
                "worker-\(number + 1)-\(start)",
                in: world,
                options: options,
                environment: environment
            )
            if !launched(number, process) { process.child.signal(SIGKILL) }
            changes.fire()
            do {
                try ended(number, process, try await process.child.ended())
            } catch {
                await process.child.stop()
                throw error
            }
        }
        state.withLock { $0.replicas[number] = nil }
        changes.fire()
    }

    /// Which start of a replica this is; nil when it is not to run any more.
    private func takeStart(_ number: Int) -> Int? {
        state.withLock { state in
            guard !state.isClosed, state.replicas[number]?.isLeaving == false else { return nil }
            state.replicas[number]?.starts += 1
            return state.replicas[number]?.starts
        }
    }

    private func launched(_ number: Int, _ process: WorkerProcess) -> Bool {
        state.withLock { state in
            state.replicas[number]?.process = process
            return !state.isClosed && state.replicas[number]?.isLeaving == false
        }
    }

    private func ended(
        _ number: Int,
        _ process: WorkerProcess,
        _ ending: ChildProcess.Ending
    ) throws {
        let isExpected = state.withLock { state -> Bool in
            let replica = state.replicas[number] ?? Replica()
            state.replicas[number]?.process = nil
            state.replicas[number]?.isStruck = false
            if replica.isLeaving { state.exitCodes.append(ending) }
            let isExpected = state.isClosed || replica.isStruck || replica.isLeaving
            if !isExpected {
                state.unexpected.append(
                    "\(process.child.name) \(ending.text): \(process.child.lastLine ?? "")"
                )
            }
            return isExpected
        }
        // One that does not even start will not start the next time either.
        if !isExpected, process.started.duration(to: .now) < .seconds(2) {
            throw ChaosError(
                "\(process.child.name) ended at once: \(process.child.lastLine ?? "without a word")"
            )
        }
    }
}

extension World {
    /// Runs the body with replicas that are ready, and kills them afterwards.
    func withFleet(
        _ count: Int,
        options: [String] = [],
        environment: [String: String] = [:],
        _ body: @escaping @Sendable (Fleet) async throws -> Void
    ) async throws {
        let fleet = Fleet(self, options: options, environment: environment)
        fleet.scale(to: count)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fleet.run() }
            group.addTask {
                try await within(.seconds(40), "the workers are ready") {
                    // The witness joins its group meanwhile.
                    async let isReading: Void = self.witness.catchUp()
                    try await fleet.whenReady()
                    try await isReading
                }
                try await body(fleet)
                fleet.close()
            }
            do {
                try await group.waitForAll()
            } catch {
                fleet.close()
                group.cancelAll()
                throw error
            }
        }
    }
}
