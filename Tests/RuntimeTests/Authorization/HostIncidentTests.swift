import CryptoExtras
import Domain
import Fixtures
import FoundationEssentials
import Postgres
import Salesforce
import Sandbox
import Store
import Testing

/// Where a grant lives, and what takes over when it cannot be renewed.
@Suite(.timeLimit(.minutes(1)))
struct HostIncidentTests {
    @Test func refreshThatMovesTheInstanceIsFollowed() async throws {
        let world = try await World.shared()
        let (person, organization) = try await world.connectedElsewhere()
        let instance = world.salesforce.replacing("127.0.0.1", with: "127.0.0.3")
        try await world.control(
            "PATCH",
            "/sandbox/organizations/\(organization)",
            "{\"instanceURL\":\"\(instance)\"}"
        )
        try await world.expireTokens(of: person.account)
        #expect(try await world.sync(person.user).type == "sync.completed.v1")
        #expect(try await world.grant(of: person.user).tokens.instanceURL == instance)
        let calls = try await world.calls(to: instance)
        #expect(calls.contains { $0.hasPrefix("/services/data/") })
    }

    @Test func instanceThatMovesToAForeignHostGetsNoCall() async throws {
        let world = try await World.shared()
        let (person, organization) = try await world.connectedElsewhere()
        let foreign = world.salesforce.replacing("http://127.0.0.1", with: "http://localhost")
        try await world.control(
            "PATCH",
            "/sandbox/organizations/\(organization)",
            "{\"instanceURL\":\"\(foreign)\"}"
        )
        try await world.expireTokens(of: person.account)
        let outcome = try await world.sync(person.user)
        #expect(outcome.field("reason") == "provider-rejected")
        #expect(outcome.field("responsible") == "operator")
        #expect(outcome.field("remedy")?.contains("SALESFORCE_ALLOWED_HOSTS") == true)
        #expect(try await world.calls(to: foreign) == [])
        #expect(world.reauthorizations == [])
    }

    /// 127.0.0.2 is the simulator's `test.salesforce.com`: it knows sandboxes only, 127.0.0.3 none.
    @Test func grantOfASandboxIsRefreshedWhereItWasGiven() async throws {
        let world = try await World.shared()
        let organization = try await world.found(sandbox: true)
        let host = world.salesforce.replacing("http://127.0.0.1", with: "127.0.0.2")
        for (scope, user, isAdministrator) in [("company", "o", true), ("user", "u-7", false)] {
            let account = try await world.hire(
                tasks: 1,
                administrator: isAdministrator,
                in: organization
            )
            let required = try await world.enable(
                scope,
                user: user,
                role: "owner",
                extra: ",\"loginHost\":\"\(host)\""
            )
            let url = try #require(required.field("authorizationUrl"))
            #expect(url.hasPrefix("http://\(host)/"))
            let back = try await world.browser.authorize(url, as: account)
            let outcome = try await world.authorize(back)
            #expect(outcome.field("account", "sandbox") == "true")
        }
        try await world.control(
            "POST",
            "/sandbox/tokens/expire",
            "{\"user\":\"\(try await world.grant(of: "u-7").username)\"}"
        )
        #expect(try await world.sync("u-7").type == "sync.completed.v1")
        let grant = try await world.grant(of: "u-7")
        #expect(grant.generation == 2)
        #expect(grant.loginURL == "http://\(host)")
        #expect(
            try await world.calls(to: "http://\(host)").contains("/services/oauth2/token")
        )
    }

    @Test func rotatedConsumerKeyIsTheOperatorsAndNobodyIsAskedToSignIn() async throws {
        try await withWorld { world in
            let person = try await world.connected()
            try await world.control("PATCH", "/sandbox/app", "{\"clientSecret\":\"another\"}")
            let id = try await world.requestSync(person.user)
            let outcome = try #require(await world.neighbour.outcome(of: id))
            #expect(outcome.type == "sync.failed.v1")
            #expect(outcome.field("reason") == "provider-rejected")
            #expect(outcome.field("responsible") == "operator")
            #expect(await world.deadLetter(of: id)?.header("dlq.reason") == "provider-rejected")
            #expect(world.reauthorizations == [])
            #expect(try await world.grant(of: person.user).state == .active)
        }
    }

    @Test func companysOwnGrantIsRenewedOnThisServicesWordWhenItsTokenIsLost() async throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let assertionKey = try AssertionKey(pem: key.pemRepresentation)
        try await withWorld(tuning: .init(assertionKey: assertionKey)) { world in
            let settings = [
                "jwtPublicKey": key.publicKey.pemRepresentation
            ]
            try await world.control(
                "PATCH",
                "/sandbox/settings",
                String(decoding: try JSONEncoder().encode(settings), as: UTF8.self)
            )
            let account = try await world.hire(tasks: 1, administrator: true)
            _ = try await world.connect("company", user: "o", role: "owner", account: account)
            _ = try await world.join("o", account: account)
            let other = try await world.hire(tasks: 1)
            _ = try await world.join("u-8", account: other)
            for user in [account, other] {
                try await world.control("PATCH", "/sandbox/users/\(user)", "{\"appApproved\":true}")
                try await world.control("POST", "/sandbox/grants/revoke", "{\"user\":\"\(user)\"}")
            }
            // Nobody notices; again when that token has run out, which no refresh token can renew.
            for generation in [Int64(3), 4] {
                #expect(try await world.sync("o").type == "sync.completed.v1")
                let grant = try await world.grant(of: "o")
                #expect(grant.generation == generation)
                #expect(grant.tokens.refresh == nil)
                try await world.expireTokens(of: account)
                // An answer that says nothing ends nothing: it is asked again.
                try await world.control(
                    "POST",
                    "/sandbox/faults",
                    """
                    {"kind":"html","status":503,"times":1,\
                    "match":{"path":"/services/oauth2/token","bodyContains":"jwt-bearer"}}
                    """
                )
            }
            #expect(world.reauthorizations == [])
            // It speaks for the company, not for each of its people.
            #expect(try await world.sync("u-8").field("reason") == "grant-revoked")
            #expect(world.reauthorizations == ["u-8 grant-revoked"])
        }
    }
}

extension World {
    /// Connects a person of an organization that is this test's alone.
    fileprivate func connectedElsewhere() async throws -> (Connected, organization: String) {
        let organization = try await turnOnElsewhere()
        let account = try await hire(tasks: 1, in: organization)
        _ = try await join("u-7", account: account)
        return (
            Connected(user: "u-7", account: account, grant: try await grant(of: "u-7")),
            organization
        )
    }

    /// The paths of the last calls that named a host.
    fileprivate func calls(to origin: String) async throws -> [String] {
        struct Log: Decodable {
            struct Call: Decodable {
                var path: String
                var host: String?
            }
            var last: [Call]
        }
        let log = try await control("GET", "/sandbox/requests")
        return try JSONDecoder().decode(Log.self, from: Data(log.utf8)).last
            .filter { "http://\($0.host ?? "")" == origin }.map(\.path)
    }
}
