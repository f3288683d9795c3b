import Synchronization

/// Requests at a steady rate: companies turn the integration on, people's tasks change and are read.
struct Load: Sendable {
    var companies = 200
    var perSecond: Int
    var people: People?
    /// How many people's syncs a second.
    var syncsPerSecond = 4

    private static let tick: Duration = .milliseconds(100)

    /// Asks until it is told to stop.
    func run(in world: World, _ random: SplitMix, until stop: StopSign) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await enable(world, random, stop) }
            if let people {
                group.addTask { try await sync(people, world, random, stop) }
            }
            try await group.waitForAll()
        }
    }

    private func enable(
        _ world: World,
        _ random: SplitMix,
        _ stop: StopSign
    ) async throws {
        var random = random
        var numbers: [Int: Int] = [:]
        var due = 0.0
        while !stop.isUp {
            due += Double(perSecond) * Self.tick.seconds
            let batch = (0..<Int(due)).map { _ in
                let company = random.below(companies)
                numbers[company, default: 0] += 1
                return Request.enable("company-\(company)", number: numbers[company, default: 0])
            }
            due -= due.rounded(.down)
            if !batch.isEmpty { try await world.witness.ask(batch) }
            try await Task.sleep(for: Self.tick)
        }
    }

    private func sync(
        _ people: People,
        _ world: World,
        _ random: SplitMix,
        _ stop: StopSign
    ) async throws {
        var random = random
        while !stop.isUp {
            let user = try await people.stir(&random)
            try await world.witness.ask([people.sync(user)])
            try await Task.sleep(for: .seconds(1) / syncsPerSecond)
        }
    }
}

/// Tells a load that it is enough.
final class StopSign: Sendable {
    private let flag = Atomic(false)

    var isUp: Bool { flag.load(ordering: .relaxed) }

    func putUp() { flag.store(true, ordering: .relaxed) }
}

extension World {
    /// Runs the body while requests come in, and ends the load after it.
    func underLoad(
        _ load: Load,
        _ random: SplitMix,
        _ body: () async throws -> Void
    ) async throws {
        let stop = StopSign()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await load.run(in: self, random, until: stop) }
            do {
                try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            stop.putUp()
            stage.say("no more requests")
            try await group.waitForAll()
        }
    }
}
