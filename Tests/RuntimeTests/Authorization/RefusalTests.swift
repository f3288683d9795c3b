import FoundationEssentials
import Postgres
import Sandbox
import Testing

/// Who may not do what, and how they are told.
@Suite(.timeLimit(.minutes(1)))
struct RefusalTests {
    private func enable(
        _ world: World,
        scope: String = "company",
        role: String = "owner",
        provider: String = "salesforce",
        redirect: String = World.redirectURI
    ) async throws -> Received {
        let id = try await world.send(
            "integration.enable.v1",
            """
            {"companyId":"\(world.company)","provider":"\(provider)","scope":"\(scope)",\
            "actor":{"userId":"u-1","role":"\(role)"},"redirectUri":"\(redirect)"}
            """
        )
        return try #require(await world.neighbour.outcome(of: id))
    }

    @Test func personBeforeTheCompanyIsRefused() async throws {
        let outcome = try await enable(try await World.shared(), scope: "user", role: "user")
        #expect(outcome.type == "integration.failed.v1")
        #expect(outcome.field("reason") == "company-integration-off")
        #expect(outcome.field("responsible") == "company-admin")
        #expect(outcome.field("userId") == "u-1")
    }

    @Test(arguments: ["user", "manager"])
    func roleThatMayNotTurnTheCompanyOnIsRefused(role: String) async throws {
        let outcome = try await enable(try await World.shared(), role: role)
        #expect(outcome.field("reason") == "not-permitted")
    }

    @Test func redirectThatIsNotOnTheListIsRefused() async throws {
        let outcome = try await enable(
            try await World.shared(),
            redirect: "https://evil.example/callback"
        )
        #expect(outcome.field("reason") == "redirect-not-allowed")
    }

    @Test func providerNobodyKnowsIsRefused() async throws {
        let outcome = try await enable(try await World.shared(), provider: "abacus")
        #expect(outcome.field("reason") == "unknown-provider")
    }

    @Test func anotherAccountThanExpectedIsRefusedAndNothingIsStored() async throws {
        let world = try await World.shared()
        let outcome = try await world.connect(
            "company",
            user: "u-1",
            role: "owner",
            account: "eve@acme.com",
            expected: "jane@acme.com"
        )
        #expect(outcome.field("reason") == "account-mismatch")
        #expect(outcome.field("details", "username") == "eve@acme.com")
        let grants = try await world.pool.query(
            "SELECT 1 FROM provider_grant WHERE company_id = \(world.company)"
        )
        #expect(grants.isEmpty)
    }

    @Test func organizationWithoutTheAPIIsToldItsEditionAndWhatToDo() async throws {
        let world = try await World.shared()
        let outcome = try await world.connect(
            "company",
            user: "u-1",
            role: "owner",
            account: "hank@globex.com"
        )
        #expect(outcome.field("reason") == "api-not-enabled")
        #expect(outcome.field("responsible") == "customer-admin")
    }

    @Test func accountOfAnotherPersonHereIsRefused() async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let account = try await world.hire()
        _ = try await world.join("u-7", account: account)
        let outcome = try await world.connect("user", user: "u-8", role: "user", account: account)
        #expect(outcome.field("reason") == "account-already-linked")
    }

    @Test func denialAtTheProviderIsTold() async throws {
        let world = try await World.shared()
        let required = try await enable(world)
        let account = try await world.hire()
        let back = try await world.browser.authorize(
            try #require(required.field("authorizationUrl")),
            as: account,
            allow: false
        )
        let id = try await world.send(
            "integration.authorize.v1",
            """
            {"companyId":"\(world.company)","provider":"salesforce",\
            "state":"\(back["state"] ?? "")","error":"\(back["error"] ?? "")"}
            """
        )
        let outcome = try #require(await world.neighbour.outcome(of: id))
        #expect(outcome.field("reason") == "authorization-denied")
    }

    @Test func stateIsGoodForOneUseByItsOwnCompany() async throws {
        let world = try await World.shared()
        let required = try await enable(world)
        let back = try await world.browser.authorize(
            try #require(required.field("authorizationUrl")),
            as: "jane@acme.com"
        )
        func authorize(_ company: String) async throws -> Received {
            let id = try await world.send(
                "integration.authorize.v1",
                """
                {"companyId":"\(company)","provider":"salesforce",\
                "state":"\(back["state"] ?? "")","code":"\(back["code"] ?? "")"}
                """,
                key: company
            )
            return try #require(await world.neighbour.outcome(of: id))
        }
        #expect(try await authorize("somebody-else").field("reason") == "authorization-unknown")
        #expect(try await authorize(world.company).type == "integration.enabled.v1")
        #expect(try await authorize(world.company).field("reason") == "authorization-unknown")
    }
}
