import Testing

/// The connected app's credentials, and what went over the wire with them.
@Suite(.timeLimit(.minutes(1)))
struct ControlAppTests {
    @Test func rotatedAppEndsEverything() async throws {
        try await withSimulator { client in
            let token = try await client.connect("bob@acme.com")
            let refresh = try #require(token["refresh_token"].string)
            let access = try #require(token["access_token"].string)
            let code = try #require(try await client.authorize(as: "eve@acme.com").query["code"])
            let result = try await client.control(
                .patch,
                "app",
                #"{"clientID":"new-client","clientSecret":"new-secret"}"#
            )
            #expect(result["count"].int == 1)

            #expect(try await client.data("limits", access).status == 401)
            #expect(try await client.refresh(refresh).json["error"].string == "invalid_client_id")
            let fresh = ["client_id": "new-client", "client_secret": "new-secret"]
            let dead = try await client.exchange(
                "",
                fresh.merging(["grant_type": "refresh_token", "refresh_token": refresh]) { $1 }
            )
            #expect(
                try dead.json["error_description"].string == "expired access/refresh token"
            )
            #expect(
                try await client.exchange(code, fresh).json["error_description"].string
                    == "invalid authorization code"
            )
            #expect(try await client.call(.get, client.authorizePath()).status == 400)
            let again = try await client.authorize(
                as: "bob@acme.com",
                ["client_id": "new-client"]
            )
            let next = try #require(again.query["code"])
            #expect(try await client.exchange(next, fresh).status == 200)
            let state = try await client.control(.get, "state")
            #expect(state["grants"][0]["revocation"].string == "appRotated")
        }
    }

    @Test func rotatedSecretIsRefused() async throws {
        try await withSimulator { client in
            let token = try await client.connect("bob@acme.com")
            let refresh = try #require(token["refresh_token"].string)
            try await client.control(.patch, "app", #"{"clientSecret":"new-secret"}"#)
            #expect(try await client.refresh(refresh).json["error"].string == "invalid_client")
            try await client.control(.post, "reset")
            _ = try await client.connect("bob@acme.com")
        }
    }

    @Test func everySecretIsRemembered() async throws {
        try await withSimulator { client in
            let code = try #require(try await client.authorize(as: "bob@acme.com").query["code"])
            let first = try await client.exchange(code).json
            let old = try #require(first["refresh_token"].string)
            let second = try await client.refresh(old).json
            _ = try await client.refresh("made-up")
            _ = try await client.form(
                "/services/oauth2/token",
                [
                    ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                    ("assertion", "an.assertion.received"),
                ]
            )
            let secrets = try await client.control(.get, "secrets")["secrets"].items
                .compactMap(\.string)
            #expect(Set(secrets).count == secrets.count)
            #expect(
                Set(secrets) == [
                    code, old, SimulatorClient.verifier, "made-up", "an.assertion.received",
                    try #require(first["access_token"].string),
                    try #require(second["access_token"].string),
                    try #require(second["refresh_token"].string),
                ]
            )
            try await client.control(.post, "reset")
            #expect(try await client.control(.get, "secrets")["secrets"].items.isEmpty)
        }
    }

    @Test func secretOfACallThatFailedIsRememberedToo() async throws {
        try await withSimulator { client in
            try await client.control(
                .post,
                "faults",
                #"{"kind":"html","match":{"path":"/services/oauth2/token"}}"#
            )
            #expect(try await client.refresh("never-seen").status == 503)
            let secrets = try await client.control(.get, "secrets")["secrets"].items
            #expect(secrets.map(\.string) == ["never-seen"])
        }
    }

    @Test func codeEndsAsItIsTold() async throws {
        try await withSimulator { client in
            try await client.control(.patch, "settings", #"{"codeSuffix":"%2B+=&/ü "}"#)
            let code = try #require(try await client.authorize(as: "bob@acme.com").query["code"])
            #expect(code.hasSuffix("%2B+=&/ü "))
            #expect(try await client.exchange(String(code.dropLast())).status == 400)
            #expect(try await client.exchange(code).status == 200)
        }
    }

    @Test func organizationWithoutAPIMayBeReadable() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("hank@globex.com")
            let organization = "SELECT Id, OrganizationType FROM Organization"
            #expect(try await client.query(organization, token).status == 403)
            try await client.control(
                .patch,
                "organizations/Globex",
                #"{"organizationQueryable":true}"#
            )
            let answer = try await client.query(organization, token)
            #expect(answer.status == 200)
            #expect(
                try answer.json["records"][0]["OrganizationType"].string == "Professional Edition"
            )
            for refused in [
                "SELECT Id FROM Task", "SELECT Id FROM User", "SELECT Id FROM Organizations",
            ] {
                let answer = try await client.query(refused, token)
                #expect(answer.status == 403)
                #expect(try answer.json[0]["errorCode"].string == "API_DISABLED_FOR_ORG")
            }
        }
    }
}
