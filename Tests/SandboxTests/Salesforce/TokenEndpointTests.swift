import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(1)))
struct TokenEndpointTests {
    @Test func exchangeAnswersStringsWithoutExpiry() async throws {
        try await withSimulator { client in
            let token = try await client.connect("bob@acme.com")
            #expect(
                token.names == [
                    "access_token", "refresh_token", "signature", "scope", "instance_url", "id",
                    "token_type", "issued_at",
                ]
            )
            #expect(token["issued_at"].string?.count == 13)
            #expect(token["instance_url"].string == client.base)
            #expect(token["access_token"].string?.hasPrefix("00D") == true)
        }
    }

    @Test func codeIsSingleUse() async throws {
        try await withSimulator { client in
            let code = try #require(try await client.authorize(as: "bob@acme.com").query["code"])
            #expect(try await client.exchange(code).status == 200)
            let again = try await client.exchange(code)
            #expect(again.status == 400)
            try #expect(again.json["error_description"].string == "expired authorization code")
            let unknown = try await client.exchange("aPrxnone==")
            try #expect(unknown.json["error_description"].string == "invalid authorization code")
        }
    }

    @Test func codeExpiresAfterFifteenMinutes() async throws {
        try await withSimulator { client in
            let code = try #require(try await client.authorize(as: "bob@acme.com").query["code"])
            try await client.control(.patch, "clock", #"{"advanceSeconds":901}"#)
            #expect(
                try await client.exchange(code).json["error_description"].string
                    == "expired authorization code"
            )
        }
    }

    @Test func verifierMustBeSentAndMatch() async throws {
        try await withSimulator { client in
            let code = try #require(try await client.authorize(as: "bob@acme.com").query["code"])
            #expect(
                try await client.exchange(code, verifier: nil).json["error"].string
                    == "invalid_grant"
            )
            let wrong = String(repeating: "x", count: 50)
            #expect(
                try await client.exchange(code, verifier: wrong).json["error"].string
                    == "invalid_request"
            )
            #expect(try await client.exchange(code).status == 200)
        }
    }

    @Test func clientAndRedirectMustBeRight() async throws {
        try await withSimulator { client in
            let code = try #require(try await client.authorize(as: "bob@acme.com").query["code"])
            for (change, error) in [
                (["client_id": "x"], "invalid_client_id"),
                (["client_secret": "x"], "invalid_client"),
                (["redirect_uri": "http://x"], "redirect_uri_mismatch"),
                (["grant_type": "password"], "unsupported_grant_type"),
            ] {
                let answer = try await client.exchange(code, change)
                try #expect(answer.json["error"].string == error)
                #expect(answer.headers["cache-control"] == "no-store")
            }
        }
    }

    @Test func refreshRotates() async throws {
        try await withSimulator { client in
            let first = try await client.connect("bob@acme.com")
            let old = try #require(first["refresh_token"].string)
            let second = try await client.refresh(old).json
            let new = try #require(second["refresh_token"].string)
            #expect(new != old)
            #expect(try await client.refresh(new).status == 200)
            let access = try #require(second["access_token"].string)
            #expect(try await client.data("limits", access).status == 200)
        }
    }

    @Test func reusingRotatedTokenKillsTheGrant() async throws {
        try await withSimulator { client in
            let first = try await client.connect("bob@acme.com")
            let old = try #require(first["refresh_token"].string)
            let second = try await client.refresh(old).json
            let reuse = try await client.refresh(old)
            try #expect(reuse.json["error_description"].string == "expired access/refresh token")
            let new = try #require(second["refresh_token"].string)
            #expect(try await client.refresh(new).status == 400)
            for token in [first, second] {
                let access = try #require(token["access_token"].string)
                #expect(try await client.data("limits", access).status == 401)
            }
            let state = try await client.control(.get, "state")
            #expect(state["grants"][0]["revocation"].string == "reused")
        }
    }

    @Test func withoutRotationTheRefreshTokenStays() async throws {
        try await withSimulator { client in
            try await client.control(.patch, "settings", #"{"refreshTokenRotation":false}"#)
            let token = try #require(
                try await client.connect("bob@acme.com")["refresh_token"].string
            )
            #expect(try await client.refresh(token).json["refresh_token"] == .null)
            #expect(try await client.refresh(token).status == 200)
        }
    }

    @Test func simultaneousRefreshesAreRefusedButOne() async throws {
        try await withSimulator { client in
            try await client.control(.patch, "settings", #"{"refreshMilliseconds":300}"#)
            let token = try #require(
                try await client.connect("bob@acme.com")["refresh_token"].string
            )
            let answers = try await withThrowingTaskGroup { group in
                for _ in 0..<5 { group.addTask { try await client.refresh(token) } }
                return try await group.reduce(into: [SimulatorClient.Answer]()) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 200 } == 1)
            for answer in answers where answer.status != 200 {
                try #expect(
                    answer.json["error_description"].string
                        == "token request is already being processed"
                )
            }
        }
    }

    @Test func sixthApprovalEvictsTheOldest() async throws {
        try await withSimulator { client in
            var tokens: [JSON] = []
            for _ in 0..<6 { tokens.append(try await client.connect("bob@acme.com")) }
            let oldest = try #require(tokens[0]["refresh_token"].string)
            let next = try #require(tokens[1]["refresh_token"].string)
            let access = try #require(tokens[0]["access_token"].string)
            #expect(try await client.refresh(oldest).status == 400)
            #expect(try await client.data("limits", access).status == 401)
            #expect(try await client.refresh(next).status == 200)
        }
    }

    @Test func idleGrantDies() async throws {
        try await withSimulator { client in
            let token = try #require(
                try await client.connect("bob@acme.com")["refresh_token"].string
            )
            try await client.control(.patch, "clock", #"{"advanceSeconds":2678400}"#)
            #expect(
                try await client.refresh(token).json["error_description"].string
                    == "expired access/refresh token"
            )
        }
    }

    @Test func refusalsOfARefreshSayWhy() async throws {
        try await withSimulator { client in
            let token = try #require(
                try await client.connect("bob@acme.com")["refresh_token"].string
            )
            #expect(
                try await client.refresh(token, [("scope", "api")]).json["error"].string
                    == "invalid_request"
            )
            try await client.control(.patch, "users/bob@acme.com", #"{"active":false}"#)
            #expect(try await client.refresh(token).json["error"].string == "inactive_user")
            try await client.control(.patch, "users/bob@acme.com", #"{"active":true}"#)
            try await client.control(
                .patch,
                "organizations/Acme",
                #"{"appPolicy":"adminApproved"}"#
            )
            #expect(
                try await client.refresh(token).json["error"].string == "invalid_app_access"
            )
            try await client.control(
                .patch,
                "organizations/Acme",
                #"{"appPolicy":"notInstalled"}"#
            )
            #expect(try await client.refresh(token).json["error"].string == "app_not_found")
            try await client.control(.patch, "organizations/Acme", #"{"appPolicy":"installed"}"#)
            try await client.control(.patch, "users/bob@acme.com", #"{"passwordChanged":true}"#)
            #expect(
                try await client.refresh(token).json["error_description"].string
                    == "authentication failure"
            )
        }
    }

    @Test func basicAuthenticationWillDo() async throws {
        try await withSimulator { client in
            let token = try #require(
                try await client.connect("bob@acme.com")["refresh_token"].string
            )
            let answer = try await client.form(
                "/services/oauth2/token",
                [("grant_type", "refresh_token"), ("refresh_token", token)],
                headers: [("Authorization", "Basic c2FuZGJveC1jbGllbnQ6c2FuZGJveC1zZWNyZXQ=")]
            )
            #expect(answer.status == 200)
        }
    }

    @Test func hostOfTheOtherKindDoesNotKnowTheGrant() async throws {
        try await withSimulator { client in
            try await client.control(.patch, "organizations/Acme", #"{"sandbox":true}"#)
            let token = try #require(
                try await client.connect("bob@acme.com")["refresh_token"].string
            )
            let fields = [
                ("grant_type", "refresh_token"), ("refresh_token", token),
                ("client_id", "sandbox-client"), ("client_secret", "sandbox-secret"),
            ]
            for (host, status) in [("login.localhost", 400), ("test.localhost", 200)] {
                let answer = try await client.form(
                    "/services/oauth2/token",
                    fields,
                    headers: [("Host", host)]
                )
                #expect(answer.status == status)
            }
        }
    }

    @Test func assertionNeedsApprovalAndGivesNoRefreshToken() async throws {
        try await withSimulator { client in
            let state = try await client.control(.get, "state")
            let now = try #require(Moment(state["now"].string ?? ""))
            let grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"
            let assertion = SimulatorClient.assertion(
                for: "bob@acme.com",
                audience: client.base,
                expiring: now.seconds + 120
            )
            let fields = [("grant_type", grantType), ("assertion", assertion)]
            let early = try await client.form("/services/oauth2/token", fields)
            #expect(
                try early.json["error_description"].string
                    == "user hasn't approved this consumer"
            )
            try await client.control(.patch, "users/bob@acme.com", #"{"appApproved":true}"#)
            let answer = try await client.form("/services/oauth2/token", fields)
            #expect(answer.status == 200)
            #expect(try answer.json["refresh_token"] == .null)
            let wrong = SimulatorClient.assertion(
                for: "bob@acme.com",
                audience: "https://else",
                expiring: now.seconds + 120
            )
            let refused = try await client.form(
                "/services/oauth2/token",
                [("grant_type", grantType), ("assertion", wrong)]
            )
            #expect(
                try refused.json["error_description"].string == "Audience validation failed"
            )
        }
    }
}
