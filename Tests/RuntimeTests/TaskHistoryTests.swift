import FoundationEssentials
import Testing

/// Whatever happens at Salesforce and on the way, the list a person is shown becomes the true one.
@Suite(.timeLimit(.minutes(2 + TaskHistory.seeds.count / 50)))
struct TaskHistoryTests {
    /// How many people are in one world, all of them busy at once.
    private static let people = 40

    /// Pages so small that they end anywhere, and answers smaller than pages.
    @Test(arguments: [3, 8]) func listsAreTrueAfterEachSync(pageSize: Int) async throws {
        let seeds = TaskHistory.seeds.filter { $0.isMultiple(of: 2) == (pageSize == 3) }
        for start in stride(from: 0, to: seeds.count, by: Self.people) {
            let some = seeds[start..<min(start + Self.people, seeds.count)]
            try await withWorld(pageSize: pageSize) { world in
                try await world.control("PATCH", "/sandbox/settings", "{\"pageSize\":5}")
                try await world.control(
                    "PATCH",
                    "/sandbox/organizations/Acme",
                    "{\"closedStatuses\":[\"Done\"]}"
                )
                try await world.turnOn()
                try await play(some, in: world, related: try await related(in: world))
            }
        }
    }

    private func play(
        _ seeds: ArraySlice<Int>,
        in world: World,
        related: [String]
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in seeds {
                group.addTask {
                    var history = try await TaskHistory(world, related: related, seed: seed)
                    do {
                        try await history.play()
                    } catch let fault as TaskHistory.Fault {
                        Issue.record("history \(seed): \(fault.text)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func related(in world: World) async throws -> [String] {
        var ids: [String] = []
        for type in ["Account", "Account", "Contact", "Contact"] {
            let answer = try await world.control(
                "POST",
                "/sandbox/related",
                "{\"organization\":\"Acme\",\"type\":\"\(type)\",\"name\":\"\(type) \(ids.count)\"}"
            )
            ids.append(try JSONDecoder().decode(Record.self, from: Data(answer.utf8)).id)
        }
        return ids
    }

    private struct Record: Decodable {
        var id: String
    }
}
