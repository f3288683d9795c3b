import Testing

@Suite(.timeLimit(.minutes(1)))
struct AuthorizeEndpointTests {
    @Test func allowingSendsCodeAndStateBack() async throws {
        try await withSimulator { client in
            let landing = try await client.authorize(as: "bob@acme.com")
            #expect(landing.answer.status == 302)
            #expect(
                landing.answer.headers["location"]?.hasPrefix(SimulatorClient.redirectURI + "&")
                    == true
            )
            #expect(landing.query["state"] == "s/1")
            #expect(landing.query["code"]?.hasSuffix("==") == true)
            #expect(landing.answer.headers["location"]?.contains("%3D%3D") == true)
        }
    }

    @Test func denyingSendsAccessDeniedBack() async throws {
        try await withSimulator { client in
            let landing = try await client.authorize(as: "bob@acme.com", decision: "deny")
            #expect(landing.query["error"] == "access_denied")
            #expect(landing.query["error_description"] == "end-user denied authorization")
            #expect(landing.query["state"] == "s/1")
        }
    }

    @Test func wrongClientOrRedirectIsNeverSentBack() async throws {
        try await withSimulator { client in
            for change in [
                ["client_id": "other"], ["redirect_uri": "http://127.0.0.1/callback"],
                ["response_type": "token"],
            ] {
                let answer = try await client.call(.get, client.authorizePath(change))
                #expect(answer.status == 400)
                #expect(answer.headers["location"] == nil)
            }
        }
    }

    @Test func missingOrPlainChallengeIsRefused() async throws {
        try await withSimulator { client in
            for change: [String: String?] in [
                ["code_challenge": nil], ["code_challenge_method": "plain"],
                ["code_challenge": "short"],
            ] {
                let answer = try await client.call(.get, client.authorizePath(change))
                #expect(answer.redirectQuery["error"] == "invalid_request")
            }
        }
    }

    @Test func existingSessionIsUsedUnlessLoginIsAsked() async throws {
        try await withSimulator { client in
            let first = try await client.authorize(as: "bob@acme.com")
            let code = try #require(first.query["code"])
            #expect(try await client.exchange(code).status == 200)
            let cookie = ("Cookie", first.cookie)
            let again = try await client.call(.get, client.authorizePath(), headers: [cookie])
            #expect(again.redirectQuery["code"] != nil)
            let consent = try await client.call(
                .get,
                client.authorizePath(["prompt": "consent"]),
                headers: [cookie]
            )
            #expect(consent.text.contains("value=\"allow\""))
            let login = try await client.call(
                .get,
                client.authorizePath(["prompt": "login consent"]),
                headers: [cookie]
            )
            #expect(login.text.contains("name=\"password\""))
        }
    }

    @Test func loginHintPreselects() async throws {
        try await withSimulator { client in
            let page = try await client.call(
                .get,
                client.authorizePath(["login_hint": "eve@acme.com"])
            )
            #expect(page.text.contains("value=\"eve@acme.com\" checked"))
            let immediate = try await client.call(
                .get,
                client.authorizePath(["immediate": "true"])
            )
            #expect(immediate.redirectQuery["error"] == "immediate_unsuccessful")
        }
    }

    @Test func inactiveUserCannotLogIn() async throws {
        try await withSimulator { client in
            try await client.control(.patch, "users/eve@acme.com", #"{"active":false}"#)
            let page = try await client.call(.get, client.authorizePath())
            let request = try #require(page.hidden("request"))
            let login = try await client.form(
                "/services/oauth2/authorize/login",
                [("request", request), ("username", "eve@acme.com"), ("password", "x")]
            )
            #expect(login.status == 401)
            #expect(login.text.contains("role=\"alert\""))
        }
    }

    @Test(arguments: [
        ("blocked", "OAUTH_APP_BLOCKED"), ("adminApproved", "OAUTH_APP_ACCESS_DENIED"),
        ("notInstalled", "OAUTH_EC_APP_NOT_FOUND"),
    ])
    func policySendsItsErrorBack(policy: String, error: String) async throws {
        try await withSimulator { client in
            try await client.control(
                .patch,
                "organizations/Acme",
                #"{"appPolicy":"\#(policy)"}"#
            )
            let landing = try await client.authorize(as: "bob@acme.com")
            #expect(landing.query["error"] == error)
        }
    }

    @Test func silentlyMissingAppLeavesUserStrandedButAdmitsAdministrator() async throws {
        try await withSimulator { client in
            try await client.control(
                .patch,
                "organizations/Acme",
                #"{"appPolicy":"notInstalledSilently"}"#
            )
            let landing = try await client.authorize(as: "bob@acme.com")
            #expect(landing.answer.headers["location"] == nil)
            #expect(landing.answer.text.contains("OAUTH_APPROVAL_ERROR_GENERIC"))
            let admin = try await client.authorize(as: "jane@acme.com")
            #expect(admin.query["code"] != nil)
        }
    }
}
