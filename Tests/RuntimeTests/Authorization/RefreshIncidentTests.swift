import Domain
import Fixtures
import FoundationEssentials
import Postgres
import Store
import Testing

/// What happens to refresh tokens that work once: each test is an incident of some system.
@Suite(.timeLimit(.minutes(1)))
struct RefreshIncidentTests {
    private static let race =
        #""kind":"oauthError","errorCode":"invalid_grant","message":"token request is already being processed""#

    @Test func raceTwiceThenTheAnswer() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        try await world.failRefresh(of: person, Self.race, times: 2)
        try await world.expireTokens(of: person.account)
        #expect(try await world.sync(person.user).type == "sync.completed.v1")
        #expect(world.reauthorizations == [])
        #expect(try await world.grant(of: person.user).generation == 2)
    }

    @Test func raceTwiceThenThePeersTokenIsFound() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        try await world.failRefresh(of: person, Self.race, times: 2)
        try await world.expireTokens(of: person.account)
        async let outcome = world.sync(person.user)
        // The peer: takes the right as soon as the worker gives it back, and has the second race.
        let attempt = UUID()
        try await eventually("the worker has given the right back") {
            try await world.store.grant(person.grant.id, of: world.companyID)?.state == .refreshing
        }
        try await eventually("the peer has the right") {
            try await world.store.beginRefresh(
                of: person.grant,
                attempt: attempt,
                lease: .seconds(60)
            ) != nil
        }
        let form = "grant_type=refresh_token&refresh_token=\(person.refreshToken)"
        #expect(try await world.token(form).contains("already being processed"))
        let answer = try JSONDecoder().decode(
            TokenAnswer.self,
            from: Data(try await world.token(form).utf8)
        )
        var grant = person.grant
        grant.tokens.access = Secret(answer.access_token)
        grant.tokens.refresh = Secret(answer.refresh_token)
        #expect(try await world.store.endRefresh(of: grant, attempt: attempt))
        #expect(try await outcome.type == "sync.completed.v1")
        #expect(try await world.grant(of: person.user).tokens == grant.tokens)
    }

    @Test func unavailableTokenEndpointThatHadNotTakenTheTokenUp() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        try await world.failRefresh(of: person, #""kind":"html","status":503"#)
        try await world.expireTokens(of: person.account)
        let id = try await world.requestSync(person.user)
        try await eventually("the grant is ambiguous") {
            try await world.grant(of: person.user).state == .ambiguous
        }
        let outcome = try #require(await world.neighbour.outcome(of: id))
        #expect(outcome.type == "sync.completed.v1", "\(outcome.field("reason") ?? "")")
        #expect(world.reauthorizations == [])
        #expect(try await world.grant(of: person.user).state == .active)
    }

    /// The token is rotated at Salesforce, and the answer never arrives in one piece.
    @Test(arguments: [
        #""kind":"html","status":503,"phase":"after""#, #""kind":"reset","phase":"after""#,
        #""kind":"truncate","bytes":40"#,
    ])
    func tokenSpentWithoutAnAnswerEndsAsAmbiguous(fault: String) async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        try await world.failRefresh(of: person, fault)
        try await world.expireTokens(of: person.account)
        let outcome = try await world.sync(person.user)
        #expect(outcome.type == "sync.failed.v1")
        #expect(outcome.field("reason") == "grant-ambiguous")
        #expect(outcome.field("responsible") == "person")
        #expect(world.reauthorizations == ["u-7 grant-ambiguous"])
        #expect(try await world.grant(of: person.user).lostReason == .grantAmbiguous)
        #expect(try await world.grantsAtSalesforce(of: person.account) == ["reused"])

        // Nothing is hammered: what is asked for now fails without a call, and nobody is told twice.
        #expect(try await world.sync(person.user).field("reason") == "grant-ambiguous")
        #expect(world.reauthorizations.count == 1)
    }

    @Test func ambiguousGrantIsUsedForAsLongAsItsAccessTokenWorks() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        let attempt = UUID()
        _ = try await world.store.beginRefresh(
            of: person.grant,
            attempt: attempt,
            lease: .seconds(60)
        )
        try await world.store.leaveAmbiguous(person.grant, attempt: attempt, pause: .seconds(60))
        #expect(try await world.sync(person.user).type == "sync.completed.v1")
        #expect(try await world.grant(of: person.user).state == .ambiguous)
    }

    /// The endpoint takes three and a half times as long as a call may: 70 s against 20 s.
    @Test func tokenEndpointSlowerThanTheDeadline() async throws {
        try await withWorld(tuning: .init(tokenTimeout: .milliseconds(800))) { world in
            let person = try await world.connected()
            try await world.control(
                "PATCH",
                "/sandbox/settings",
                "{\"refreshMilliseconds\":2800}"
            )
            try await world.expireTokens(of: person.account)
            let outcome = try await world.sync(person.user)
            // The answer that nobody waited for has spent the token.
            #expect(outcome.field("reason") == "grant-ambiguous")
            #expect(world.reauthorizations == ["u-7 grant-ambiguous"])
            try await world.control("PATCH", "/sandbox/settings", "{\"refreshMilliseconds\":0}")
            let again = try await world.connect(
                "user",
                user: person.user,
                role: "user",
                account: person.account
            )
            #expect(again.type == "integration.enabled.v1")
            #expect(try await world.sync(person.user).type == "sync.completed.v1")
        }
    }

    @Test func rotatedTokenThatSomebodyElseUsedEndsTheGrant() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        try await world.token("grant_type=refresh_token&refresh_token=\(person.refreshToken)")
        try await world.expireTokens(of: person.account)
        let outcome = try await world.sync(person.user)
        #expect(outcome.field("reason") == "grant-revoked")
        #expect(world.reauthorizations == ["u-7 grant-revoked"])
        #expect(try await world.grantsAtSalesforce(of: person.account) == ["reused"])
    }

    @Test func sixthApprovalEvictsTheFirst() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        for _ in 0..<4 { try await world.approve(person.account) }
        #expect(try await world.sync(person.user).type == "sync.completed.v1")
        try await world.approve(person.account)
        #expect(try await world.grantsAtSalesforce(of: person.account).first == "evicted")
        #expect(try await world.sync(person.user).field("reason") == "grant-revoked")
        #expect(world.reauthorizations == ["u-7 grant-revoked"])
    }

    @Test func companyAndPersonShareOneGrantSoThatNoneEvictsTheOther() async throws {
        let world = try await World.shared()
        let account = try await world.hire(tasks: 1, administrator: true)
        for _ in 0..<3 {
            _ = try await world.connect("company", user: "o", role: "owner", account: account)
            _ = try await world.connect("user", user: "o", role: "owner", account: account)
        }
        let rows = try await world.pool.query(
            "SELECT generation FROM provider_grant WHERE company_id = \(world.company)"
        )
        #expect(try rows.map { try $0.decode("generation", as: Int.self) } == [6])
        // What was replaced has been given back: one approval lives.
        let ended = Array(repeating: Optional("revoked"), count: 5)
        try await world.untilGrants(of: account, are: ended + [nil])
        #expect(try await world.sync("o").type == "sync.completed.v1")
    }

    @Test func deactivatedUserIsToldToAskTheirAdministrator() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        try await world.control("PATCH", "/sandbox/users/\(person.account)", "{\"active\":false}")
        let outcome = try await world.sync(person.user)
        #expect(outcome.field("reason") == "grant-revoked")
        #expect(outcome.field("remedy")?.contains("Setup → Users") == true)
        #expect(world.reauthorizations == ["u-7 grant-revoked"])
    }

    private struct TokenAnswer: Decodable {
        var access_token: String
        var refresh_token: String
    }
}
