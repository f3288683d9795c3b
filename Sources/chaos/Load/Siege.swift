/// What most scenarios are: replicas under load are hurt, and then everything is counted.
struct Siege: Sendable {
    /// How many workers, all started together.
    var replicas: Int
    /// What comes after `run`.
    var options: [String] = []
    /// What differs from the world's settings.
    var environment: [String: String] = [:]
    /// How long it is going to take, so that what is published fits into the broker.
    var expected: Duration
    /// How many companies' requests come in each second, unless the broker could not keep them.
    var perSecond = 60
    /// How many people have more tasks than a page holds.
    var longLists = 0
    /// Decides over each COMMIT a worker sends.
    var cut: @Sendable () -> PostgresProxy.Cut? = { nil }

    /// More than one page of tasks that every sync reads.
    private static let longList = 2100
    /// What the broker keeps of the outcomes, with room to spare.
    private static let capacity = 32_000.0

    /// Plays it.
    func play(
        _ stage: Stage,
        _ hurt: @escaping @Sendable (World, Fleet) async throws -> Void
    ) async throws {
        try await stage.withWorld(cut: cut) { world in
            try await world.withFleet(
                replicas,
                options: options,
                environment: environment
            ) { fleet in
                let people = try await People.connect(8, in: world)
                try await people.giveTasks(Self.longList, to: people.users.prefix(longLists))
                let fitting = Int(Self.capacity / max(1, expected.seconds))
                let load = Load(perSecond: max(1, min(perSecond, fitting)), people: people)
                try await world.underLoad(load, stage.random(for: "load")) {
                    try await hurt(world, fleet)
                }
                try await Audit(world: world, people: people).run()
                stage.trial.expectNone(fleet.unexpectedEnds, "workers that ended by themselves")
            }
        }
    }
}
