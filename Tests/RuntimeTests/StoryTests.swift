import FoundationEssentials
import Kafka
import Testing

/// The service's main job, through real parts from end to end.
@Suite(.timeLimit(.minutes(1)))
struct StoryTests {
    @Test func companyAndPersonConnectAndTheirTasksArrive() async throws {
        let world = try await World.shared()
        let enabled = try await world.connect(
            "company",
            user: "u-1",
            role: "owner",
            account: "jane@acme.com"
        )
        #expect(enabled.type == "integration.enabled.v1", "\(enabled.field("reason") ?? "")")
        #expect(enabled.field("account", "username") == "jane@acme.com")
        #expect(enabled.field("account", "edition") == "Enterprise Edition")
        #expect(enabled.header("ce_subject") == "companies/\(world.company)")

        let first = try await world.join("u-7", account: "bob@acme.com")
        let tasks = await world.tasks(of: "u-7", atLeast: 17)
        #expect(first.field("counts", "created") == "17")
        #expect(tasks.count == 17)
        #expect(tasks.allSatisfy { $0.field("change") == "created" && $0.field("version") == "1" })
        #expect(Set(tasks.map(\.record.topicPartition.partition)).count == 1)

        let again = try await world.sync("u-7")
        #expect(again.type == "sync.completed.v1", "\(again.field("reason") ?? "")")
        #expect(again.field("counts", "created") == "0")
        #expect(again.field("counts", "unchanged") == "17")
        #expect(world.neighbour.tasks(of: world.company, "u-7").count == 17)
    }

    @Test func laterSyncBringsEachKindOfChangeAndNothingElse() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let account = try await world.hire(tasks: 6)
        let colleague = try await world.hire()
        _ = try await world.join("u-7", account: account)
        let tasks = await world.tasks(of: "u-7", atLeast: 6)
        let ids = try tasks.map { try #require($0.field("externalId")) }
        try await world.control("PATCH", "/sandbox/tasks/\(ids[0])", "{\"subject\":\"Renamed\"}")
        try await world.control("PATCH", "/sandbox/tasks/\(ids[1])", "{\"status\":\"Completed\"}")
        try await world.control("DELETE", "/sandbox/tasks/\(ids[2])")
        try await world.control(
            "PATCH",
            "/sandbox/tasks/\(ids[3])",
            "{\"owner\":\"\(colleague)\"}"
        )
        try await world.control("DELETE", "/sandbox/tasks/\(ids[4])?hard=true")
        try await world.assign(1, to: account)

        let outcome = try await world.sync("u-7")
        #expect(outcome.field("counts", "created") == "1")
        #expect(outcome.field("counts", "updated") == "1")
        #expect(outcome.field("counts", "completed") == "1")
        #expect(outcome.field("counts", "removed") == "3")
        #expect(outcome.field("counts", "unchanged") == "1")
        let after = await world.tasks(of: "u-7", atLeast: 6 + 6 + 3).dropFirst(6)
        func change(_ id: String) -> Received? {
            after.first { $0.key.hasSuffix("/\(id)") && !$0.isTombstone }
        }
        #expect(change(ids[0])?.field("title") == "Renamed")
        #expect(change(ids[0])?.field("version") == "2")
        #expect(change(ids[1])?.field("change") == "completed")
        #expect(change(ids[1])?.field("trackable") == "false")
        #expect(change(ids[2])?.field("removalReason") == "deleted")
        #expect(
            change(ids[3])?.field("removalReason") == "reassigned"
                || change(ids[3])?.field("removalReason") == "not-visible"
        )
        #expect(change(ids[4])?.field("removalReason") == "not-visible")
        #expect(change(ids[5]) == nil)
        for id in ids[2...4] {
            #expect(after.last { $0.key.hasSuffix("/\(id)") }?.isTombstone == true)
        }

        try await world.control("PATCH", "/sandbox/tasks/\(ids[1])", "{\"status\":\"In Progress\"}")
        let reopened = try await world.sync("u-7")
        #expect(reopened.field("counts", "reopened") == "1")
        #expect(reopened.field("counts", "unchanged") == "3")
    }

    @Test func importOfManyPagesIsCompleteAndCountedOnce() async throws {
        try await withWorld(pageSize: 7) { world in
            try await world.turnOn()
            let account = try await world.hire(tasks: 100)
            let outcome = try await world.join("u-7", account: account)
            #expect(outcome.field("counts", "created") == "100")
            let tasks = await world.tasks(of: "u-7", atLeast: 100)
            #expect(Set(tasks.map(\.key)).count == 100)
            #expect(Set(tasks.compactMap { $0.header("ce_id") }).count == 100)
            let full = try await world.sync("u-7", mode: "full")
            #expect(full.field("counts", "unchanged") == "100")
            #expect(full.field("counts", "created") == "0")
        }
    }

    @Test func syncOfTheWholeCompanyEndsOnceWhenEveryonesHas() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        for number in 1...3 {
            _ = try await world.join("u-\(number)", account: try await world.hire(tasks: number))
        }
        let id = try await world.send(
            "sync.request.v1",
            "{\"companyId\":\"\(world.company)\",\"provider\":\"salesforce\",\"mode\":\"full\"}"
        )
        let outcome = try #require(await world.neighbour.outcome(of: id))
        #expect(outcome.type == "sync.completed.v1")
        #expect(outcome.field("counts", "unchanged") == "6")
        #expect(outcome.field("userId") == nil)
    }

    @Test func disablingAPersonRevokesTheGrantAndEndsTheirSyncs() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let account = try await world.hire(tasks: 3)
        _ = try await world.join("u-7", account: account)
        let id = try await world.send(
            "integration.disable.v1",
            """
            {"companyId":"\(world.company)","provider":"salesforce","scope":"user",\
            "actor":{"userId":"u-7","role":"user"},"erase":true}
            """
        )
        let outcome = try #require(await world.neighbour.outcome(of: id))
        #expect(outcome.type == "integration.disabled.v1", "\(outcome.field("reason") ?? "")")
        let removals = await world.tasks(of: "u-7", atLeast: 3 + 6).dropFirst(3)
        #expect(removals.count { $0.field("removalReason") == "disconnected" } == 3)
        #expect(removals.count { $0.isTombstone } == 3)
        let sync = try await world.sync("u-7")
        #expect(sync.type == "sync.failed.v1")
        let counts = try await world.control("GET", "/sandbox/requests")
        #expect(counts.contains("/services/oauth2/revoke"))
    }

    @Test func companyTurnedOffSuspendsItsPeopleAndOnAgainTheyResume() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        _ = try await world.join("u-7", account: try await world.hire(tasks: 2))
        let off = try await world.send(
            "integration.disable.v1",
            """
            {"companyId":"\(world.company)","provider":"salesforce","scope":"company",\
            "actor":{"userId":"owner","role":"admin"}}
            """
        )
        #expect(await world.neighbour.outcome(of: off)?.type == "integration.disabled.v1")
        #expect(try await world.sync("u-7").field("reason") == "company-integration-off")
        try await world.turnOn()
        #expect(try await world.sync("u-7").type == "sync.completed.v1")
    }

    @Test func accessTokenThatRanOutIsRefreshedWithoutAnyoneNoticing() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let account = try await world.hire(tasks: 2)
        _ = try await world.join("u-7", account: account)
        try await world.control("POST", "/sandbox/tokens/expire", "{\"user\":\"\(account)\"}")
        let outcome = try await world.sync("u-7")
        #expect(outcome.type == "sync.completed.v1", "\(outcome.field("reason") ?? "")")
    }

    @Test func spentQuotaPutsASyncOffAndSaysUntilWhen() async throws {
        try await withWorld { world in
            try await world.turnOn()
            _ = try await world.join("u-7", account: try await world.hire(tasks: 1))
            try await world.control(
                "PATCH",
                "/sandbox/organizations/Acme",
                "{\"dailyLimit\":10,\"used\":10}"
            )
            let outcome = try await world.sync("u-7")
            #expect(outcome.type == "sync.deferred.v1")
            #expect(outcome.field("reason") == "quota-exhausted")
            #expect(outcome.field("retryAt") != nil)
        }
    }

    @Test func revokedGrantAsksThePersonToSignInAgainAndPausesTheirSyncs() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let account = try await world.hire(tasks: 2)
        _ = try await world.join("u-7", account: account)
        try await world.control("POST", "/sandbox/grants/revoke", "{\"user\":\"\(account)\"}")
        _ = try await world.sync("u-7")
        let asked = try #require(
            await world.first { $0.type == "integration.reauthorization-required.v1" }
        )
        #expect(asked.field("reason") == "grant-revoked")
        #expect(asked.field("userId") == "u-7")
        let reconnected = try await world.connect(
            "user",
            user: "u-7",
            role: "user",
            account: account
        )
        #expect(reconnected.type == "integration.enabled.v1")
        #expect(try await world.sync("u-7").type == "sync.completed.v1")
    }
}
