import Testing

@Suite(.timeLimit(.minutes(1)))
struct TokenInspectionTests {
    @Test func revokedRefreshTokenTakesItsAccessTokensAlong() async throws {
        try await withSimulator { client in
            let token = try await client.connect("bob@acme.com")
            let refresh = try #require(token["refresh_token"].string)
            let access = try #require(token["access_token"].string)
            #expect(
                try await client.form("/services/oauth2/revoke", [("token", refresh)]).status
                    == 200
            )
            #expect(try await client.data("limits", access).status == 401)
            let again = try await client.form("/services/oauth2/revoke", [("token", refresh)])
            #expect(again.status == 400)
            try #expect(again.json["error"].string == "invalid_token")
        }
    }

    @Test func revokedAccessTokenGoesAlone() async throws {
        try await withSimulator { client in
            let token = try await client.connect("bob@acme.com")
            let refresh = try #require(token["refresh_token"].string)
            let access = try #require(token["access_token"].string)
            #expect(
                try await client.form("/services/oauth2/revoke", [("token", access)]).status
                    == 200
            )
            #expect(try await client.data("limits", access).status == 401)
            #expect(try await client.refresh(refresh).status == 200)
        }
    }

    @Test func introspectionTellsTheLivingFromTheDead() async throws {
        try await withSimulator { client in
            let access = try await client.accessToken("bob@acme.com")
            let fields = [
                ("token", access), ("client_id", "sandbox-client"),
                ("client_secret", "sandbox-secret"),
            ]
            let alive = try await client.form("/services/oauth2/introspect", fields).json
            #expect(alive["active"].bool == true)
            #expect(alive["username"].string == "bob@acme.com")
            try await client.control(.post, "tokens/expire", #"{"user":"bob@acme.com"}"#)
            #expect(
                try await client.form("/services/oauth2/introspect", fields).json["active"].bool
                    == false
            )
        }
    }

    @Test func identityAnswersItsOwnUserOnly() async throws {
        try await withSimulator { client in
            let bob = try await client.connect("bob@acme.com")
            let eve = try await client.connect("eve@acme.com")
            let hank = try await client.connect("hank@globex.com")
            let id = try #require(bob["id"].string)
            let access = try #require(bob["access_token"].string)
            let bearer = ("Authorization", "Bearer \(access)")
            let own = try await client.call(.get, id, headers: [bearer])
            try #expect(own.json["username"].string == "bob@acme.com")
            try #expect(own.json["active"].bool == true)
            for (url, token, status, text) in [
                (id, "none", 403, "Bad_OAuth_Token"),
                (try #require(eve["id"].string), access, 404, "Bad_Id"),
                (try #require(hank["id"].string), access, 403, "Wrong_Org"),
            ] {
                let answer = try await client.call(
                    .get,
                    url,
                    headers: [("Authorization", "Bearer \(token)")]
                )
                #expect(answer.status == status)
                #expect(answer.text == text)
            }
            #expect(try await client.call(.get, id).text == "Missing_OAuth_Token")
            let userinfo = try await client.call(
                .get,
                "/services/oauth2/userinfo",
                headers: [bearer]
            )
            try #expect(userinfo.json["preferred_username"].string == "bob@acme.com")
        }
    }
}
