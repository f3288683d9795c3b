import Domain
import Fixtures
import FoundationEssentials
import Postgres
import Testing

/// What ends a grant, and that it ends at Salesforce too.
@Suite(.timeLimit(.minutes(1)))
struct RevocationTests {
    @Test func disconnectingIsToldAtOnceAndRevokedUntilSalesforceHasTakenIt() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        try await world.fail("/services/oauth2/revoke", of: person.account)
        let outcome = try await world.disable("user", user: person.user, role: "user")
        #expect(outcome.type == "integration.disabled.v1")
        try await eventually("the first try has failed") {
            try await world.pool.query(
                """
                SELECT FROM grant_revocation WHERE company_id = \(world.company)
                    AND last_error = 'provider-unavailable (retry(notBefore: nil), HTTP 503)'
                """
            ).count == 1
        }
        _ = try await world.pool.query(
            "UPDATE grant_revocation SET due_at = now() WHERE company_id = \(world.company)"
        )
        try await world.untilGrants(of: person.account, are: ["revoked"])
        try await untilNothingIsLeft(in: world)
    }

    @Test func grantThatHasEndedAlreadyIsNoReasonToTryAgain() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        try await world.control(
            "POST",
            "/sandbox/grants/revoke",
            "{\"user\":\"\(person.account)\"}"
        )
        let outcome = try await world.disable("user", user: person.user, role: "user")
        #expect(outcome.type == "integration.disabled.v1")
        try await untilNothingIsLeft(in: world)
    }

    @Test func sharedGrantEndsWithItsLastUse() async throws {
        let world = try await World.shared()
        let account = try await world.hire(tasks: 1, administrator: true)
        _ = try await world.connect("company", user: "o", role: "owner", account: account)
        _ = try await world.join("o", account: account)
        try await world.untilGrants(of: account, are: ["revoked", nil])
        _ = try await world.disable("user", user: "o", role: "owner")
        #expect(try await world.grantsAtSalesforce(of: account) == ["revoked", nil])
        _ = try await world.disable("company", user: "o", role: "owner")
        try await world.untilGrants(of: account, are: ["revoked", "revoked"])
    }

    @Test func reconnectingKeepsTheConnectionAndItsTasksAndGivesTheOldGrantBack() async throws {
        let world = try await World.shared()
        let person = try await world.connected(tasks: 3)
        let before = await world.tasks(of: person.user, atLeast: 3).count
        let again = try await world.connect(
            "user",
            user: person.user,
            role: "user",
            account: person.account
        )
        #expect(again.type == "integration.enabled.v1")
        try await world.untilGrants(of: person.account, are: ["revoked", nil])
        let grant = try await world.grant(of: person.user)
        #expect(grant.id == person.grant.id)
        #expect(grant.generation == person.grant.generation + 1)
        let outcome = try await world.sync(person.user, mode: "full")
        #expect(outcome.field("counts", "unchanged") == "3")
        #expect(await world.tasks(of: person.user, atLeast: before).count == before)
    }

    @Test func anotherAdministratorTakesTheCompanyOverAndTheFirstGrantEnds() async throws {
        let world = try await World.shared()
        let (first, second) = (
            try await world.hire(administrator: true), try await world.hire(administrator: true)
        )
        _ = try await world.connect("company", user: "o", role: "owner", account: first)
        let outcome = try await world.connect("company", user: "a", role: "admin", account: second)
        #expect(outcome.field("account", "username") == second)
        try await world.untilGrants(of: first, are: ["revoked"])
        #expect(try await world.grantsAtSalesforce(of: second) == [nil])
    }

    @Test func erasingTakesEverythingOutOfTheListAndForgetsIt() async throws {
        let world = try await World.shared()
        let person = try await world.connected(tasks: 5)
        _ = try await world.disable("user", user: person.user, role: "user", erase: true)
        let removals = await world.tasks(of: person.user, atLeast: 5 + 10).dropFirst(5)
        #expect(removals.count { $0.field("removalReason") == "disconnected" } == 5)
        #expect(removals.count { $0.isTombstone } == 5)
        let kept = try await world.pool.query(
            "SELECT title FROM task WHERE company_id = \(world.company) AND title <> ''"
        )
        #expect(kept.isEmpty)
        // Connected again, everything is new.
        let outcome = try await world.join(person.user, account: person.account)
        #expect(outcome.type == "sync.completed.v1")
        try await eventually("every task is back") {
            try await world.pool.query(
                """
                SELECT FROM task WHERE company_id = \(world.company) AND removal_reason IS NULL
                    AND version = 3
                """
            ).count == 5
        }
    }

    @Test func erasingTheCompanyErasesEverybodyAndTheyResumeFromNothing() async throws {
        let world = try await World.shared()
        let person = try await world.connected(tasks: 2)
        _ = try await world.disable("company", user: "owner", role: "owner", erase: true)
        let removals = await world.tasks(of: person.user, atLeast: 2 + 4).dropFirst(2)
        #expect(removals.count { $0.field("removalReason") == "disconnected" } == 2)
        try await world.turnOn()
        let outcome = try await world.sync(person.user)
        #expect(outcome.field("counts", "created") == "2")
    }

    private func untilNothingIsLeft(in world: World) async throws {
        try await eventually("no revocation is left") {
            try await world.pool.query(
                "SELECT FROM grant_revocation WHERE company_id = \(world.company)"
            ).isEmpty
        }
    }
}
