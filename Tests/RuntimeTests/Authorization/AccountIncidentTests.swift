import Domain
import Fixtures
import FoundationEssentials
import Postgres
import Store
import Testing

/// Whose account comes back, and whether it may be used.
@Suite(.timeLimit(.minutes(1)))
struct AccountIncidentTests {
    @Test func wrongUserIsSentAwayAndTheirGrantEndsAtOnce() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let (mine, somebodyElses) = (try await world.hire(), try await world.hire())
        let outcome = try await world.connect(
            "user",
            user: "u-7",
            role: "user",
            account: somebodyElses,
            expected: mine
        )
        #expect(outcome.field("reason") == "account-mismatch")
        #expect(outcome.field("responsible") == "person")
        #expect(outcome.field("details", "username") == somebodyElses)
        #expect(outcome.field("message")?.contains(somebodyElses) == true)
        try await world.untilGrants(of: somebodyElses, are: ["revoked"])
        #expect(try await world.connection(of: "u-7").version == 0)
        let rows = try await world.pool.query(
            "SELECT FROM provider_grant WHERE company_id = \(world.company)"
        )
        #expect(rows.count == 1, "the company's own")
    }

    @Test func grantOfTheWrongUserEndsAlsoWhenSalesforceIsAwayJustThen() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let (mine, somebodyElses) = (try await world.hire(), try await world.hire())
        try await world.fail("/services/oauth2/revoke", of: somebodyElses)
        let outcome = try await world.connect(
            "user",
            user: "u-7",
            role: "user",
            account: somebodyElses,
            expected: mine
        )
        #expect(outcome.field("reason") == "account-mismatch")
        try await world.untilGrants(of: somebodyElses, are: ["revoked"])
    }

    @Test func personOfAnotherOrganizationIsRefused() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let stranger = try await world.hire(in: try await world.found())
        let outcome = try await world.connect(
            "user",
            user: "u-7",
            role: "user",
            account: stranger
        )
        #expect(outcome.field("reason") == "organization-mismatch")
        #expect(outcome.field("message")?.contains("Acme") == true)
        try await world.untilGrants(of: stranger, are: ["revoked"])
    }

    @Test func reconnectingWithAnotherAccountIsRefusedAndTheConnectionStays() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        let another = try await world.hire()
        let outcome = try await world.connect(
            "user",
            user: person.user,
            role: "user",
            account: another
        )
        #expect(outcome.field("reason") == "account-mismatch")
        #expect(outcome.field("details", "expected") == person.account)
        try await world.untilGrants(of: another, are: ["revoked"])
        #expect(try await world.grant(of: person.user) == person.grant)
        #expect(try await world.sync(person.user).type == "sync.completed.v1")
    }

    @Test func anotherAccountAfterDisconnectingStartsWithAnEmptyList() async throws {
        let world = try await World.shared()
        let person = try await world.connected(tasks: 2)
        _ = try await world.disable("user", user: person.user, role: "user")
        let another = try await world.hire(tasks: 3)
        let outcome = try await world.connect(
            "user",
            user: person.user,
            role: "user",
            account: another
        )
        #expect(outcome.type == "integration.enabled.v1")
        let events = await world.tasks(of: person.user, atLeast: 2 + 4 + 3)
        #expect(
            events.map { $0.isTombstone ? "tombstone" : $0.field("change") ?? "" } == [
                "created", "created", "removed", "tombstone", "removed", "tombstone", "created",
                "created", "created",
            ]
        )
    }

    @Test func companyThatMovedToAnotherOrganizationAsksItsPeopleToSignIn() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        _ = try await world.disable("company", user: "owner", role: "owner")
        let organization = try await world.found()
        let admin = try await world.hire(administrator: true, in: organization)
        let outcome = try await world.connect("company", user: "o", role: "owner", account: admin)
        #expect(outcome.type == "integration.enabled.v1")
        _ = await world.first { $0.type == "integration.reauthorization-required.v1" }
        #expect(world.reauthorizations == ["u-7 organization-mismatch"])
        #expect(try await world.connection(of: person.user).state == .reauthorizationRequired)
        #expect(try await world.sync(person.user).field("reason") == "organization-mismatch")

        // With their account in the new one they begin anew.
        let url = try #require(try await world.enable().field("authorizationUrl"))
        #expect(!url.contains("login_hint"))
        let account = try await world.hire(tasks: 3, in: organization)
        let again = try await world.connect(
            "user",
            user: person.user,
            role: "user",
            account: account
        )
        #expect(again.type == "integration.enabled.v1", "\(again.field("reason") ?? "")")
        try await world.untilGrants(of: person.account, are: ["revoked"])
        try await eventually("only the new account's tasks are listed") {
            try await world.pool.query(
                """
                SELECT FROM task WHERE company_id = \(world.company) AND removal_reason IS NULL
                """
            ).count == 3
        }
    }

    @Test func companyThatIsOnStaysInItsOrganization() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let admin = try await world.hire(administrator: true, in: try await world.found())
        let outcome = try await world.connect("company", user: "o", role: "owner", account: admin)
        #expect(outcome.field("reason") == "organization-mismatch")
        try await world.untilGrants(of: admin, are: ["revoked"])
    }

    @Test func onAgainWhoseGrantDiedMeanwhileIsAskedToSignIn() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        let other = try await world.hire(tasks: 1)
        _ = try await world.join("u-8", account: other)
        _ = try await world.disable("company", user: "owner", role: "owner")
        try await world.control(
            "POST",
            "/sandbox/grants/revoke",
            "{\"user\":\"\(person.account)\"}"
        )
        _ = try await world.pool.query(
            "UPDATE provider_grant SET keep_alive_at = now() WHERE company_id = \(world.company)"
        )
        try await eventually("the loss is known") {
            try await world.grant(of: person.user).state == .lost
        }
        #expect(world.reauthorizations == [], "while the company is off nobody is asked")
        try await world.turnOn()
        _ = await world.first { $0.type == "integration.reauthorization-required.v1" }
        #expect(world.reauthorizations == ["u-7 grant-revoked"])
        #expect(try await world.sync("u-8").type == "sync.completed.v1")
    }

    @Test func apiMissingForOneUserWhileTheCompanyWorks() async throws {
        let world = try await World.shared()
        let organization = try await world.turnOnElsewhere()
        let account = try await world.hire(in: organization)
        try await world.control("PATCH", "/sandbox/users/\(account)", "{\"apiEnabled\":false}")
        let outcome = try await world.connect("user", user: "u-7", role: "user", account: account)
        #expect(outcome.field("reason") == "api-not-permitted")
        #expect(outcome.field("responsible") == "customer-admin")
        #expect(outcome.field("remedy")?.contains("API Enabled") == true)
        try await world.untilGrants(of: account, are: ["revoked"])
    }

    @Test func apiMissingForTheOrganizationSinceTheCompanyWasTurnedOn() async throws {
        let world = try await World.shared()
        let organization = try await world.turnOnElsewhere()
        try await world.control(
            "PATCH",
            "/sandbox/organizations/\(organization)",
            "{\"edition\":\"Professional Edition\",\"apiEnabled\":false}"
        )
        let account = try await world.hire(in: organization)
        let outcome = try await world.connect("user", user: "u-7", role: "user", account: account)
        #expect(outcome.field("reason") == "api-not-enabled")
    }

    /// Salesforce says for one person what it says for an organization without the API.
    @Test func sameRefusalForOnePersonIsTheirPermissionWhileTheCompanysGrantWorks() async throws {
        let world = try await World.shared()
        let organization = try await world.turnOnElsewhere()
        let account = try await world.hire(in: organization)
        try await world.control(
            "POST",
            "/sandbox/faults",
            """
            {"kind":"error","status":403,"errorCode":"API_DISABLED_FOR_ORG","times":1,\
            "message":"The REST API is not enabled for this Organization.",\
            "match":{"path":"/services/data","user":"\(account)"}}
            """
        )
        let outcome = try await world.connect("user", user: "u-7", role: "user", account: account)
        #expect(outcome.field("reason") == "api-not-permitted")
        #expect(outcome.field("remedy")?.contains("API Enabled") == true)
    }

    @Test func unknownEditionIsNoReasonToRefuse() async throws {
        let world = try await World.shared()
        let organization = try await world.found(edition: "Quantum Edition")
        let admin = try await world.hire(administrator: true, in: organization)
        let outcome = try await world.connect("company", user: "o", role: "owner", account: admin)
        #expect(outcome.type == "integration.enabled.v1")
        #expect(outcome.field("account", "edition") == "Quantum Edition")
    }
}

extension World {
    /// Founds an organization at Salesforce for this test alone and returns its name.
    func found(
        edition: String = "Enterprise Edition",
        sandbox: Bool = false
    ) async throws -> String {
        let name = "org-\(UUID().uuidString.prefix(8))"
        try await control(
            "POST",
            "/sandbox/organizations",
            "{\"name\":\"\(name)\",\"edition\":\"\(edition)\",\"sandbox\":\(sandbox)}"
        )
        return name
    }
}
