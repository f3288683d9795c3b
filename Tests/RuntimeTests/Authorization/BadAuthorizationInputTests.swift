import FoundationEssentials
import Testing

/// What a forger, or a broken dashboard, may send: refused with a reason, and nothing is lost.
@Suite(.timeLimit(.minutes(1)))
struct BadAuthorizationInputTests {
    @Test func codeOfAnyCharactersArrivesAsItWasGiven() async throws {
        try await withWorld { world in
            try await world.turnOn()
            for suffix in ["+", "=", "%", "%2B", "&code=x", "#?/;", " ", "é🚀"] {
                try await world.control(
                    "PATCH",
                    "/sandbox/settings",
                    "{\"codeSuffix\":\"\(suffix)\"}"
                )
                let user = "u-\(UUID().uuidString.prefix(8))"
                let back = try await world.browse(as: try await world.hire(), user: user)
                #expect(back["code"]?.hasSuffix(suffix) == true)
                let outcome = try await world.authorize(back)
                #expect(outcome.type == "integration.enabled.v1", "\(suffix)")
            }
        }
    }

    struct Malformed: CustomTestStringConvertible {
        var testDescription: String { field }
        var type: String
        var field: String
        var data: String
    }

    private static let state = "\"provider\":\"salesforce\",\"state\":"
    private static let enable =
        #""provider":"salesforce","scope":"user","actor":{"userId":"u-1","role":"user"},"redirectUri":"#

    @Test(arguments: [
        Malformed(
            type: "integration.authorize.v1",
            field: "code",
            data: state + "\"s\",\"code\":\"\(String(repeating: "c", count: 4097))\""
        ),
        Malformed(
            type: "integration.authorize.v1",
            field: "state",
            data: state + "\"\(String(repeating: "s", count: 1025))\",\"code\":\"c\""
        ),
        Malformed(
            type: "integration.authorize.v1",
            field: "code",
            data: state + #""s","code":"c\r\nSet-Cookie: a=b""#
        ),
        Malformed(
            type: "integration.enable.v1",
            field: "redirectUri",
            data: enable + #""http://127.0.0.1/callback\r\nLocation: http://evil.example""#
        ),
        Malformed(
            type: "integration.enable.v1",
            field: "loginHost",
            data: enable
                + #""http://127.0.0.1/callback","loginHost":"login.salesforce.com\n.evil.example""#
        ),
    ])
    func malformedFieldIsNamedAndTheRecordIsSetAside(input: Malformed) async throws {
        let world = try await World.shared()
        let id = try await world.send(
            input.type,
            "{\"companyId\":\"\(world.company)\",\(input.data)}"
        )
        let letter = try #require(await world.deadLetter(of: id))
        #expect(letter.header("dlq.reason") == "invalid-data")
        #expect(letter.header("dlq.message")?.hasPrefix("\(input.field): ") == true)
    }

    @Test(arguments: [
        "http://127.0.0.1/callback/", "http://127.0.0.1/callback?next=http://evil.example",
        "http://127.0.0.1/callback#", "HTTP://127.0.0.1/callback",
        "http://127.0.0.1/callback%0d%0a",
        "http://127.0.0.1@evil.example/callback", "http://127.0.0.1.evil.example/callback",
        "javascript:alert(1)",
    ])
    func redirectThatIsAlmostOnTheListIsRefused(redirect: String) async throws {
        let world = try await World.shared()
        let id = try await world.send(
            "integration.enable.v1",
            "{\"companyId\":\"\(world.company)\",\(Self.enable)\"\(redirect)\"}"
        )
        let outcome = try #require(await world.neighbour.outcome(of: id))
        #expect(outcome.field("reason") == "redirect-not-allowed")
    }

    @Test(arguments: [
        "salesforce.com.evil.example", "login.salesforce.com@evil.example", "evil.example:443",
        "login.salesforce.com:8443", "[::1]:80", "127.0.0.9:80", "xn--lgin-5qa.my.salesforce.com",
        "login.salesforce.com/", "login.salesforce.com\\\\@evil.example", "ｌogin.salesforce.com",
        "http://127.0.0.1", "",
    ])
    func logInHostThatLooksAlikeIsRefusedBeforeAnybodyIsSentThere(host: String) async throws {
        let world = try await World.shared()
        try await world.turnOn()
        let id = try await world.send(
            "integration.enable.v1",
            """
            {"companyId":"\(world.company)",\(Self.enable)"\(World.redirectURI)",\
            "loginHost":"\(host)"}
            """
        )
        guard !host.isEmpty else {
            #expect(await world.deadLetter(of: id)?.header("dlq.reason") == "invalid-data")
            return
        }
        let outcome = try #require(await world.neighbour.outcome(of: id))
        #expect(outcome.type == "integration.failed.v1")
        #expect(outcome.field("reason") == "provider-rejected")
        #expect(outcome.field("remedy")?.contains("SALESFORCE_ALLOWED_HOSTS") == true)
    }
}
