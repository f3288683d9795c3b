import Testing

/// 127.0.0.2 stands for `test.salesforce.com`, 127.0.0.3 for `login.salesforce.com`.
@Suite(.timeLimit(.minutes(1)))
struct SiblingAddressTests {
    private static func sibling(_ host: String, of base: String) -> String {
        base.replacing("127.0.0.1", with: host)
    }

    private static func withSandbox(
        _ body: @Sendable (SimulatorClient) async throws -> Void
    ) async throws {
        try await withSimulator { client in
            try await client.control(
                .post,
                "organizations",
                #"{"name":"Acme Dev","edition":"Developer Edition","sandbox":true}"#
            )
            try await client.control(
                .post,
                "users",
                #"{"organization":"Acme Dev","email":"bob@acme.dev"}"#
            )
            try await body(client)
        }
    }

    @Test(arguments: [
        ("127.0.0.1", "bob@acme.com", 303), ("127.0.0.1", "bob@acme.dev", 303),
        ("127.0.0.2", "bob@acme.com", 401), ("127.0.0.2", "bob@acme.dev", 303),
        ("127.0.0.3", "bob@acme.com", 303), ("127.0.0.3", "bob@acme.dev", 401),
    ])
    func logInPageKnowsItsOwnPeople(host: String, username: String, status: Int) async throws {
        try await Self.withSandbox { client in
            let base = Self.sibling(host, of: client.base)
            let page = try await client.call(.get, base + client.authorizePath())
            #expect(page.text.contains(username) == (status == 303))
            let login = try await client.form(
                base + "/services/oauth2/authorize/login",
                [
                    ("request", try #require(page.hidden("request"))), ("username", username),
                    ("password", "any"),
                ]
            )
            #expect(login.status == status)
        }
    }

    @Test(arguments: [
        ("127.0.0.1", 200, 200), ("127.0.0.2", 400, 200), ("127.0.0.3", 200, 400),
    ])
    func refreshKnowsItsOwnGrants(host: String, production: Int, sandbox: Int) async throws {
        try await Self.withSandbox { client in
            for (username, status) in [("bob@acme.com", production), ("bob@acme.dev", sandbox)] {
                let token = try #require(
                    try await client.connect(username)["refresh_token"].string
                )
                let answer = try await client.form(
                    Self.sibling(host, of: client.base) + "/services/oauth2/token",
                    [
                        ("grant_type", "refresh_token"), ("refresh_token", token),
                        ("client_id", "sandbox-client"), ("client_secret", "sandbox-secret"),
                    ]
                )
                #expect(answer.status == status)
                guard status == 200 else { continue }
                #expect(try answer.json["instance_url"].string == client.base)
                #expect(try answer.json["id"].string?.hasPrefix(client.base + "/id/") == true)
            }
        }
    }

    @Test func requestLogNamesTheHost() async throws {
        try await withSimulator { client in
            let hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"].map {
                Self.sibling($0, of: client.base)
            }
            for host in hosts { _ = try await client.call(.get, host + "/services/data/") }
            let log = try await client.control(.get, "requests")
            #expect(log["last"].items.map { "http://" + ($0["host"].string ?? "") } == hosts)
            #expect(log["counts"].names == ["GET /services/data/", "status 200"])
        }
    }
}
