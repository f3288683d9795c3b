import Domain
import Fixtures
import FoundationEssentials
import Postgres
import Store
import Testing

/// Changes that other systems miss, each by its name.
@Suite(.timeLimit(.minutes(1)))
struct SyncIncidentTests {
    @Test func nothingChangedCostsOneCall() async throws {
        let world = try await World.shared()
        let person = try await world.connected(tasks: 3)
        let outcome = try await world.sync(person.user)
        #expect(outcome.field("providerCalls") == "1")
        #expect(outcome.field("counts", "unchanged") == "3")
    }

    @Test func taskThatWasCompletedAndThenDeletedLeavesTheList() async throws {
        let world = try await World.shared()
        let person = try await world.connected(tasks: 2)
        let ids = try await world.listed(person.user)
        try await world.control("PATCH", "/sandbox/tasks/\(ids[0])", "{\"status\":\"Completed\"}")
        #expect(try await world.sync(person.user).field("counts", "completed") == "1")
        try await world.control("DELETE", "/sandbox/tasks/\(ids[0])")
        #expect(try await world.sync(person.user).field("counts", "removed") == "1")
        let last = await world.tasks(of: person.user, atLeast: 5).last { !$0.isTombstone }
        #expect(last?.field("removalReason") == "deleted")
        // Back from the recycle bin it is closed, and no task of theirs to work on.
        try await world.control("POST", "/sandbox/tasks/\(ids[0])/undelete")
        #expect(try await world.sync(person.user).field("counts", "created") == "0")
        #expect(try await world.listed(person.user) == [ids[1]])
    }

    @Test func changeThatALongTransactionMakesVisibleLateIsFound() async throws {
        let world = try await World.shared()
        let person = try await world.connected(tasks: 1)
        let answer = try await world.control(
            "POST",
            "/sandbox/tasks",
            """
            {"owner":"\(person.account)","count":1,"status":"In Progress","ageSeconds":1500,\
            "commitInSeconds":-1}
            """
        )
        // As if the last sync had been long ago: this one passes the transaction's time.
        _ = try await world.pool.query(
            """
            UPDATE user_connection SET covered_until = now() - interval '1 hour'
            WHERE company_id = \(world.company)
            """
        )
        #expect(try await world.sync(person.user).field("counts", "created") == "0")
        let covered = try #require(try await world.connection(of: person.user).coveredUntil)
        #expect(covered.timeIntervalSinceNow < -1400)
        struct Created: Decodable { var transaction: Int }
        let created = try JSONDecoder().decode(Created.self, from: Data(answer.utf8))
        try await world.control("POST", "/sandbox/transactions/\(created.transaction)/commit")
        #expect(try await world.sync(person.user).field("counts", "created") == "1")
    }

    @Test func closedTaskGivenToSomebodyElseLeavesWithTheNextFullSync() async throws {
        let world = try await World.shared()
        let person = try await world.connected(tasks: 2)
        let other = try await world.hire()
        let ids = try await world.listed(person.user)
        try await world.control("PATCH", "/sandbox/tasks/\(ids[0])", "{\"status\":\"Completed\"}")
        _ = try await world.sync(person.user)
        try await world.control("PATCH", "/sandbox/tasks/\(ids[0])", "{\"owner\":\"\(other)\"}")
        _ = try await world.sync(person.user)
        #expect(try await world.listed(person.user).count == 2)
        let outcome = try await world.sync(person.user, mode: "full")
        #expect(outcome.field("counts", "removed") == "1")
        #expect(try await world.listed(person.user) == [ids[1]])
    }
}

extension World {
    /// The ids in a person's list.
    fileprivate func listed(_ user: String) async throws -> [String] {
        try await store.listedTasks(of: connection(of: user).owner).keys.sorted()
    }
}
