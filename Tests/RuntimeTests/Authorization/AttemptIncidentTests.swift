import Domain
import Fixtures
import FoundationEssentials
import Postgres
import Sandbox
import Store
import Testing

/// What comes back from the log-in page, or does not.
@Suite(.timeLimit(.minutes(1)))
struct AttemptIncidentTests {
    struct Refusal: CustomTestStringConvertible {
        var testDescription: String { policy }
        var policy: String
        var reason: String
        var remedy: String
    }

    @Test(arguments: [
        Refusal(policy: "blocked", reason: "app-blocked", remedy: "Unblock"),
        Refusal(policy: "adminApproved", reason: "app-not-installed", remedy: "Profiles"),
        Refusal(policy: "notInstalled", reason: "app-not-installed", remedy: "Install"),
    ])
    func refusalOfTheAdministratorSaysWhatTheyCanDo(refusal: Refusal) async throws {
        let world = try await World.shared()
        let organization = try await world.turnOnElsewhere()
        try await world.control(
            "PATCH",
            "/sandbox/organizations/\(organization)",
            "{\"appPolicy\":\"\(refusal.policy)\"}"
        )
        let back = try await world.browse(as: try await world.hire(in: organization))
        let outcome = try await world.authorize(back)
        #expect(outcome.field("reason") == refusal.reason)
        #expect(outcome.field("responsible") == "customer-admin")
        #expect(outcome.field("remedy")?.contains("Setup → ") == true)
        #expect(outcome.field("remedy")?.contains(refusal.remedy) == true)
    }

    @Test func browserThatNeverComesBackEndsTheAttemptWithTheLikelyCause() async throws {
        let world = try await World.shared()
        let organization = try await world.turnOnElsewhere()
        try await world.control(
            "PATCH",
            "/sandbox/organizations/\(organization)",
            "{\"appPolicy\":\"notInstalledSilently\"}"
        )
        let required = try await world.enable()
        let url = try #require(required.field("authorizationUrl"))
        let account = try await world.hire(in: organization)
        await #expect(throws: ScriptedBrowserError.self) {
            _ = try await world.browser.authorize(url, as: account)
        }
        _ = try await world.pool.query(
            """
            UPDATE authorization_attempt SET expires_at = now()
            WHERE company_id = \(world.company) AND state = 'pending'
            """
        )
        let outcome = try #require(
            await world.first { $0.field("reason") == "authorization-expired" }
        )
        #expect(outcome.type == "integration.failed.v1")
        #expect(outcome.field("userId") == "u-7")
        #expect(outcome.field("requestId") == required.field("requestId"))
        // Whoever comes back after that is told the same.
        let state = url.components(separatedBy: "state=").last?.prefix { $0 != "&" } ?? ""
        let late = try await world.authorize(["state": String(state), "code": "late"])
        #expect(late.field("reason") == "authorization-expired")
        #expect(late.field("remedy") == outcome.field("remedy"))
    }

    @Test func callbackAfterTheCompanyWasTurnedOffIsRefused() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let account = try await world.hire()
        let back = try await world.browse(as: account)
        _ = try await world.disable("company", user: "owner", role: "owner")
        let outcome = try await world.authorize(back)
        #expect(outcome.field("reason") == "company-integration-off")
        #expect(try await world.grantsAtSalesforce(of: account) == [], "the code was not used")
    }

    @Test func codeUsedTwiceIsRefusedTheSecondTimeAndTheFirstStays() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let account = try await world.hire(tasks: 1)
        let back = try await world.browse(as: account)
        #expect(try await world.authorize(back).type == "integration.enabled.v1")
        #expect(try await world.authorize(back).field("reason") == "authorization-unknown")
        #expect(try await world.sync("u-7").type == "sync.completed.v1")
    }

    @Test func codeOfSomebodyElsesLogInIsRefusedByItsVerifier() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let mine = try await world.browse(as: try await world.hire())
        let theirs = try await world.browse(as: try await world.hire(), user: "u-8")
        let mixed = ["state": mine["state"] ?? "", "code": theirs["code"] ?? ""]
        #expect(try await world.authorize(mixed).field("reason") == "code-rejected")
    }

    @Test func codeThatIsSpentWithoutAnAnswerNeedsANewOne() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let account = try await world.hire(tasks: 1)
        let back = try await world.browse(as: account)
        try await world.fail(
            "/services/oauth2/token",
            of: account,
            #""kind":"html","status":503,"phase":"after""#
        )
        #expect(try await world.authorize(back).field("reason") == "code-rejected")
        #expect(try await world.connection(of: "u-7").version == 0)
        let again = try await world.authorize(try await world.browse(as: account))
        #expect(again.type == "integration.enabled.v1")
    }

    @Test func callbackAfterTurningOffTurnsNothingOnAgain() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let admin = try await world.hire(administrator: true)
        let required = try await world.enable("company", user: "o", role: "owner")
        let back = try await world.browser.authorize(
            try #require(required.field("authorizationUrl")),
            as: admin
        )
        _ = try await world.disable("company", user: "owner", role: "owner")
        let outcome = try await world.authorize(back)
        #expect(outcome.field("reason") == "authorization-expired")
        #expect(outcome.field("message")?.contains("turning the integration off") == true)
        #expect(try await world.grantsAtSalesforce(of: admin) == [])
    }

    @Test func codeNobodyHasTakenUpYetIsSentAgain() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let account = try await world.hire(tasks: 1)
        let back = try await world.browse(as: account)
        try await world.fail("/services/oauth2/token", of: account)
        #expect(try await world.authorize(back).type == "integration.enabled.v1")
    }

    @Test func successEndsWhatElseTheSamePersonHadBegun() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let account = try await world.hire(tasks: 1)
        let other = try await world.browse(as: account)
        #expect(
            try await world.authorize(try await world.browse(as: account)).type
                == "integration.enabled.v1"
        )
        #expect(try await world.authorize(other).field("reason") == "authorization-expired")
        #expect(try await world.grantsAtSalesforce(of: account) == [nil])
    }

    @Test func stateOfAnotherPersonOrCompanyOrNobodyIsUnknownAndSaysNothing() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let back = try await world.browse(as: try await world.hire(tasks: 1))
        let foreign = try await world.authorize(back, company: "company-\(UUID().uuidString)")
        let forged = try await world.authorize(
            ["state": String(repeating: "A", count: 43), "code": back["code"] ?? ""]
        )
        let somebodyElses = try await world.authorize(back, extra: #","actor":{"userId":"u-8"}"#)
        for outcome in [foreign, forged, somebodyElses] {
            #expect(outcome.field("reason") == "authorization-unknown")
            #expect(outcome.field("userId") == nil)
            #expect(outcome.field("details")?.isEmpty != false)
        }
        let mine = try await world.authorize(back, extra: #","actor":{"userId":"u-7"}"#)
        #expect(mine.type == "integration.enabled.v1")
    }

    @Test func reconnectingPersonIsSparedTypingTheirUserName() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        let url = try #require(try await world.enable().field("authorizationUrl"))
        let hint = person.account.replacing("@", with: "%40")
        #expect(url.contains("login_hint=\(hint)"))
        #expect(url.contains("prompt=login"))
    }
}

extension World {
    /// Begins for a person, who signs in and allows; returns what came back.
    func browse(as account: String, user: String = "u-7") async throws -> [String: String] {
        let required = try await enable(user: user)
        let url = try #require(
            required.field("authorizationUrl"),
            "\(required.field("reason") ?? "")"
        )
        return try await browser.authorize(url, as: account)
    }
}
