import Domain
import FoundationEssentials
import Testing

/// The service's main job, through real parts from end to end.
@Suite(.timeLimit(.minutes(2)))
struct StoryTests {
    @Test func companyAndPersonConnectAndTheirTasksArriveAndStayCurrent() async throws {
        try await withWorld { world in
            let enabled = try await world.connect(
                "company",
                user: "u-1",
                role: "owner",
                account: "jane@acme.com"
            )
            #expect(enabled.type == "integration.enabled.v1", "\(enabled.field("reason") ?? "")")
            #expect(enabled.field("account", "username") == "jane@acme.com")
            #expect(enabled.field("account", "edition") == "Enterprise Edition")

            let connected = try await world.connect(
                "user",
                user: "u-7",
                role: "user",
                account: "bob@acme.com"
            )
            #expect(
                connected.type == "integration.enabled.v1",
                "\(connected.field("reason") ?? "")"
            )
            await world.neighbour.wait { records in
                records.contains { $0.type == "sync.completed.v1" }
            }
            let first = try #require(
                world.neighbour.received.first { $0.type == "sync.completed.v1" }
            )
            let tasks = world.neighbour.tasks(of: "u-7")
            #expect(tasks.count > 0)
            #expect(first.field("counts", "created") == String(tasks.count))
            #expect(
                tasks.allSatisfy { $0.field("change") == "created" && $0.field("version") == "1" }
            )

            let again = try await world.sync("u-7")
            #expect(again.type == "sync.completed.v1", "\(again.field("reason") ?? "")")
            #expect(again.field("counts", "created") == "0")
            #expect(again.field("counts", "unchanged") == String(tasks.count))
            #expect(world.neighbour.tasks(of: "u-7").count == tasks.count)
        }
    }
}
