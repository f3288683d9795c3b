import AsyncHTTPClient
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FaultTests {
    @Test func statusStrikesSoManyTimes() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            try await client.control(
                .post,
                "faults",
                #"{"kind":"error","times":2,"match":{"path":"/services/data/v67.0/query"},"status":403,"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"ConcurrentRequests (Concurrent API Requests) Limit exceeded."}"#
            )
            let query = "SELECT COUNT() FROM Task"
            for status in [403, 403, 200] {
                #expect(try await client.query(query, token).status == status)
            }
            #expect(try await client.data("limits", token).status == 200)
            let faults = try await client.control(.get, "faults")
            #expect(faults[0]["hits"].int == 2)
        }
    }

    @Test func pageOfHTMLInsteadOfAnAnswer() async throws {
        try await withSimulator { client in
            try await client.control(.post, "faults", #"{"kind":"html"}"#)
            let answer = try await client.refresh("any")
            #expect(answer.status == 503)
            #expect(answer.headers["content-type"]?.hasPrefix("text/html") == true)
        }
    }

    @Test func racingRefreshLeavesTheGrantAlone() async throws {
        try await withSimulator { client in
            let token = try #require(
                try await client.connect("bob@acme.com")["refresh_token"].string
            )
            try await client.control(
                .post,
                "faults",
                #"{"kind":"race","match":{"path":"/services/oauth2/token","bodyContains":"grant_type=refresh"}}"#
            )
            #expect(
                try await client.refresh(token).json["error_description"].string
                    == "token request is already being processed"
            )
            #expect(try await client.refresh(token).status == 200)
        }
    }

    @Test func faultOfOnePersonsCallsLeavesEveryoneElsesAlone() async throws {
        try await withSimulator { client in
            let bob = try #require(try await client.connect("bob@acme.com")["refresh_token"].string)
            let eve = try #require(try await client.connect("eve@acme.com")["refresh_token"].string)
            try await client.control(
                .post,
                "faults",
                #"{"kind":"html","match":{"user":"bob@acme.com"}}"#
            )
            #expect(try await client.refresh(eve).status == 200)
            #expect(try await client.refresh(bob).status == 503)
            #expect(try await client.refresh(bob).status == 200)
        }
    }

    @Test func resetAfterTheWorkLosesTheAnswerOnly() async throws {
        try await withSimulator { client in
            let token = try #require(
                try await client.connect("bob@acme.com")["refresh_token"].string
            )
            try await client.control(
                .post,
                "faults",
                #"{"kind":"reset","phase":"after","match":{"path":"/services/oauth2/token"}}"#
            )
            await #expect(throws: (any Error).self) { try await client.refresh(token) }
            let state = try await client.control(.get, "state")
            #expect(state["accessTokens"].int == 2)
            #expect(
                try await client.refresh(token).json["error_description"].string
                    == "expired access/refresh token"
            )
        }
    }

    @Test func truncatedAnswerIsAnError() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            try await client.control(.post, "faults", #"{"kind":"truncate","bytes":20}"#)
            await #expect(throws: (any Error).self) { try await client.data("limits", token) }
            #expect(try await client.data("limits", token).status == 200)
        }
    }

    @Test func seededProbabilityRepeats() async throws {
        var runs: [[Int]] = []
        for _ in 0..<2 {
            let statuses = Statuses()
            try await withSimulator { client in
                try await client.control(
                    .post,
                    "faults",
                    #"{"kind":"status","status":502,"probability":0.5,"seed":7}"#
                )
                for _ in 0..<20 {
                    await statuses.add(try await client.call(.get, "/services/data/").status)
                }
            }
            runs.append(await statuses.all)
        }
        #expect(runs[0] == runs[1])
        #expect(Set(runs[0]) == [200, 502])
    }

    @Test func delayHoldsTheAnswerBack() async throws {
        try await withSimulator { client in
            try await client.control(.post, "faults", #"{"kind":"delay","milliseconds":200}"#)
            let clock = ContinuousClock()
            let start = clock.now
            #expect(try await client.call(.get, "/services/data/").status == 200)
            #expect(clock.now - start >= .milliseconds(200))
        }
    }

    @Test func requestsAreCountedWithoutSecrets() async throws {
        try await withSimulator { client in
            let first = try await client.connect("bob@acme.com")
            let refresh = try #require(first["refresh_token"].string)
            let access = try #require(first["access_token"].string)
            _ = try await client.refresh(refresh)
            _ = try await client.data("limits", access)
            let log = try await client.call(.get, "/sandbox/requests")
            let counts = try log.json["counts"]
            #expect(counts["POST /services/oauth2/token refresh_token"].int == 1)
            #expect(counts["GET /services/data/limits"].int == 1)
            #expect(!log.text.contains(refresh))
            #expect(!log.text.contains(access))
            let state = try await client.call(.get, "/sandbox/state").text
            #expect(!state.contains(refresh))
        }
    }
}

private actor Statuses {
    var all: [Int] = []
    func add(_ status: Int) { all.append(status) }
}
