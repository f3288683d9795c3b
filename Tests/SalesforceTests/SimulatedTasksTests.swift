import Domain
import FoundationEssentials
import NIOHTTP1
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct SimulatedTasksTests {
    @Test(arguments: [2000, 1000, 500])
    func oneTimestampAcrossPagesLosesNothing(pageSize: Int) async throws {
        try await SimulatedSalesforce.with(pageSize: pageSize) { salesforce in
            let session = try await salesforce.session("bob@acme.com")
            let before = try await salesforce.allTasks(.open, session).tasks.count
            let created = Set(
                try await salesforce.createTasks(
                    """
                    {"owner":"bob@acme.com","count":2500,"seed":7,"ageSeconds":3600,\
                    "spreadSeconds":0,"status":"In Progress"}
                    """
                )
            )
            let found = try await salesforce.allTasks(.open, session)
            #expect(found.tasks.count == before + 2500)
            let instants = found.tasks.filter { created.contains($0.externalID) }
                .map(\.providerUpdatedAt)
            #expect(instants.count >= 2000 && Set(instants).count == 1)
            #expect(Set(found.tasks.map(\.externalID)).count == before + 2500)
            #expect(found.pages == (before + 2500) / pageSize + 1)
            let ids = try await salesforce.provider.openTaskIDs(session: session)
            #expect(Set(ids.ids) == Set(found.tasks.map(\.externalID)))
        }
    }

    @Test func smallAnswersAreFollowed() async throws {
        try await SimulatedSalesforce.with(pageSize: 1000) { salesforce in
            try await salesforce.control(.PATCH, "settings", "{\"pageSize\":300}")
            let session = try await salesforce.session("eve@acme.com")
            _ = try await salesforce.createTasks(
                "{\"owner\":\"eve@acme.com\",\"count\":1500,\"seed\":7,\"status\":\"In Progress\"}"
            )
            let found = try await salesforce.allTasks(.open, session)
            #expect(Set(found.tasks.map(\.externalID)).count >= 1500)
            #expect(found.calls > found.pages)
        }
    }

    @Test func seededTasksAreShownCleanly() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let session = try await salesforce.session("jane@acme.com")
            let page = try await salesforce.provider.tasks(TaskQuery(.open), session: session)
            #expect(!page.tasks.isEmpty)
            #expect(page.providerTime != nil)
            #expect(page.tasks.contains { $0.relatedTo != nil })
            for task in page.tasks {
                #expect(!task.isClosed)
                #expect(!task.title.isEmpty)
                #expect(!task.title.unicodeScalars.contains { $0.value < 0x20 })
            }
        }
    }

    @Test func changesAreSeenAndFatesFound() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let session = try await salesforce.session("bob@acme.com")
            let ids = try await salesforce.createTasks(
                """
                {"owner":"bob@acme.com","count":5,"seed":3,"ageSeconds":7200,"spreadSeconds":0,\
                "status":"In Progress"}
                """
            ).compactMap { SalesforceID($0)?.text }
            try #require(ids.count == 5)
            try await salesforce.control(.DELETE, "tasks/\(ids[0])")
            try await salesforce.control(.DELETE, "tasks/\(ids[1])?hard=true")
            try await salesforce.control(
                .PATCH,
                "tasks/\(ids[2])",
                "{\"owner\":\"eve@acme.com\"}"
            )
            try await salesforce.control(.PATCH, "tasks/\(ids[3])", "{\"status\":\"Completed\"}")
            try await salesforce.control(.PATCH, "tasks/\(ids[4])", "{\"subject\":\"Renamed\"}")

            let since = Date().addingTimeInterval(-600)
            let changed = try await salesforce.allTasks(.changed(since: since), session).tasks
                .filter { ids.contains($0.externalID) }
            #expect(Set(changed.map(\.externalID)) == Set(ids[3...]))
            #expect(changed.first { $0.externalID == ids[3] }?.isClosed == true)
            #expect(changed.first { $0.externalID == ids[4] }?.title == "Renamed")

            let fates = try await salesforce.provider.fates(of: ids, session: session)
            #expect(fates.removed[ids[0]] == .deleted)
            #expect(fates.removed[ids[1]] == .notVisible)
            #expect([.reassigned, .notVisible].contains(fates.removed[ids[2]]))
            #expect(Set(fates.present.map(\.externalID)) == Set(ids[3...]))
        }
    }

    @Test func fourHundredIDsFitIntoOneCall() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let session = try await salesforce.session("bob@acme.com")
            let ids = try await salesforce.createTasks(
                "{\"owner\":\"bob@acme.com\",\"count\":400,\"seed\":3}"
            )
            let fates = try await salesforce.provider.fates(of: ids, session: session)
            #expect(fates.present.count == 400)
            #expect(fates.calls == 1)
        }
    }

    @Test func expiredSessionAsksForARefresh() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let session = try await salesforce.session("bob@acme.com")
            try await salesforce.control(.POST, "tokens/expire", "{\"user\":\"bob@acme.com\"}")
            let error = try await providerError {
                try await salesforce.provider.tasks(TaskQuery(.open), session: session)
            }
            #expect(error.disposition == .refresh)
            #expect(error.code == "INVALID_SESSION_ID")
        }
    }

    @Test func usedUpDayStopsTheOrganization() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let session = try await salesforce.session("bob@acme.com")
            try await salesforce.control(
                .PATCH,
                "organizations/Acme",
                "{\"dailyLimit\":10,\"used\":10}"
            )
            let error = try await providerError {
                try await salesforce.provider.tasks(TaskQuery(.open), session: session)
            }
            let until = Fixture.now.advanced(by: 900)
            #expect(error.disposition == .waitForOrganization(until: until))
            #expect(error.failure.retryAt == until)
        }
    }
}
