import Testing

@Suite(.timeLimit(.minutes(1)))
struct ControlEndpointTests {
    @Test func seedsAreDeterministic() async throws {
        try await withSimulator { client in
            let query = "SELECT Id, Subject, Priority, Status FROM Task ORDER BY Id"
            var bodies: [JSON] = []
            for _ in 0..<2 {
                try await client.control(.post, "reset", #"{"seed":42}"#)
                let token = try await client.accessToken("jane@acme.com")
                bodies.append(try await client.query(query, token).json)
            }
            #expect(bodies[0] == bodies[1])
            try await client.control(.post, "reset", #"{"seed":43}"#)
            let token = try await client.accessToken("jane@acme.com")
            #expect(try await client.query(query, token).json != bodies[0])
        }
    }

    @Test func newOrganizationServesItsPeople() async throws {
        try await withSimulator { client in
            try await client.control(
                .post,
                "organizations",
                #"{"name":"Initech","edition":"Developer Edition","sandbox":true,"instanceURL":"http://localhost:1"}"#
            )
            try await client.control(
                .post,
                "users",
                #"{"organization":"Initech","email":"peter@initech.com","firstName":"Peter"}"#
            )
            let token = try await client.connect("peter@initech.com")
            #expect(token["instance_url"].string == "http://localhost:1")
            let access = try #require(token["access_token"].string)
            let organization = try await client.query(
                "SELECT OrganizationType, IsSandbox FROM Organization",
                access
            ).json["records"][0]
            #expect(organization["OrganizationType"].string == "Developer Edition")
            #expect(organization["IsSandbox"].bool == true)
        }
    }

    @Test func activityChangesTasks() async throws {
        try await withSimulator { client in
            let result = try await client.control(
                .post,
                "activity",
                #"{"owner":"bob@acme.com","count":20,"seed":3}"#
            )
            #expect((10...20).contains(result["count"].int ?? 0))
        }
    }

    @Test func listHasEverythingThatIsAPersons() async throws {
        try await withSimulator { client in
            let made = try await client.control(
                .post,
                "tasks",
                #"{"owner":"bob@acme.com","count":3,"status":"Completed"}"#
            )
            let ids = try (0..<3).map { try #require(made["ids"][$0].string) }
            let before = try await client.control(.get, "tasks?owner=bob@acme.com")["tasks"]
            try await client.control(.delete, "tasks/\(ids[0])")
            try await client.control(.delete, "tasks/\(ids[1])?hard=true")
            try await client.control(.patch, "tasks/\(ids[2])", #"{"owner":"eve@acme.com"}"#)
            let after = try await client.control(.get, "tasks?owner=bob@acme.com")["tasks"]
            #expect(after.items.count == before.items.count - 2)
            let deleted = after.items.first { $0["Id"].string == ids[0] }
            #expect(deleted?["IsDeleted"].bool == true)
        }
    }

    @Test func revokingGrantsEndsThem() async throws {
        try await withSimulator { client in
            let token = try await client.connect("bob@acme.com")
            let refresh = try #require(token["refresh_token"].string)
            let result = try await client.control(
                .post,
                "grants/revoke",
                #"{"user":"bob@acme.com"}"#
            )
            #expect(result["count"].int == 1)
            #expect(try await client.refresh(refresh).status == 400)
        }
    }

    @Test(arguments: [
        ("tasks", #"{"owner":"nobody"}"#, 400), ("faults", #"{"kind":"comet"}"#, 400),
        ("organizations", "[]", 400), ("nothing", "{}", 404),
    ])
    func mistakesAreExplained(path: String, body: String, status: Int) async throws {
        try await withSimulator { client in
            let answer = try await client.call(.post, "/sandbox/\(path)", body: body)
            #expect(answer.status == status)
            try #expect(answer.json["error"].string?.isEmpty == false)
        }
    }
}
