import Testing

@Suite(.timeLimit(.minutes(1)))
struct DataSessionTests {
    @Test func versionsNeedNoTokenAndNoQuota() async throws {
        try await withSimulator { client in
            let answer = try await client.call(.get, "/services/data/")
            try #expect(answer.json.items.last?["version"].string == "67.0")
            try #expect(answer.json.items.last?["label"].string == "Summer '26")
            #expect(answer.headers["sforce-limit-info"] == nil)
        }
    }

    @Test func everyAnswerTellsTheUsage() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            #expect(
                try await client.data("limits", token).headers["sforce-limit-info"]
                    == "api-usage=1/100000"
            )
            let bad = try await client.query("SELECT Nope FROM Task", token)
            #expect(bad.headers["sforce-limit-info"] == "api-usage=2/100000")
            try await client.control(
                .patch,
                "organizations/Acme",
                #"{"appLimit":250,"dailyLimit":5000}"#
            )
            #expect(
                try await client.data("limits", token).headers["sforce-limit-info"]
                    == "api-usage=3/5000; per-app-api-usage=3/250(appName=integration)"
            )
        }
    }

    @Test func spentQuotaRefusesUntilTheWindowMoves() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            try await client.control(.patch, "organizations/Acme", #"{"dailyLimit":1}"#)
            #expect(try await client.data("limits", token).status == 200)
            let refused = try await client.data("limits", token)
            #expect(refused.status == 403)
            try #expect(refused.json[0]["errorCode"].string == "REQUEST_LIMIT_EXCEEDED")
            try #expect(refused.json[0]["message"].string == "TotalRequests Limit exceeded.")
            try await client.control(.patch, "clock", #"{"advanceSeconds":90000}"#)
            let renewed = try await client.accessToken("bob@acme.com")
            #expect(try await client.data("limits", renewed).status == 200)
        }
    }

    @Test func organizationWithoutAPIRefusesAfterLogin() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("hank@globex.com")
            let answer = try await client.query("SELECT Id FROM Organization", token)
            #expect(answer.status == 403)
            try #expect(answer.json[0]["errorCode"].string == "API_DISABLED_FOR_ORG")
        }
    }

    @Test func userWithoutAPIRefuses() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            try await client.control(.patch, "users/bob@acme.com", #"{"apiEnabled":false}"#)
            let answer = try await client.data("limits", token)
            #expect(answer.status == 403)
            try #expect(answer.json[0]["errorCode"].string == "API_CURRENTLY_DISABLED")
        }
    }

    @Test func deadSessionIsAnArrayOfOneError() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            try await client.control(.patch, "clock", #"{"advanceSeconds":7201}"#)
            let answer = try await client.data("limits", token)
            #expect(answer.status == 401)
            try #expect(answer.json[0]["errorCode"].string == "INVALID_SESSION_ID")
            try #expect(answer.json[0]["message"].string == "Session expired or invalid")
        }
    }

    @Test func usingASessionKeepsItAlive() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            for _ in 0..<3 {
                try await client.control(.patch, "clock", #"{"advanceSeconds":5000}"#)
                #expect(try await client.data("limits", token).status == 200)
            }
        }
    }

    @Test(arguments: [
        ("/services/data/v30.0/limits", 410), ("/services/data/v41.0/limits", 200),
        ("/services/data/v68.0/limits", 404), ("/services/data/v67.0/nothing", 404),
    ])
    func versionsEndAtBothSides(path: String, status: Int) async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            #expect(try await client.data(path, token).status == status)
        }
    }

    @Test func batchCountsAsOneCall() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            let answer = try await client.call(
                .post,
                "/services/data/v67.0/composite/batch",
                headers: [("Authorization", "Bearer \(token)")],
                body: """
                    {"batchRequests":[{"method":"GET","url":"v67.0/sobjects/Task/describe"},
                    {"method":"GET","url":"v67.0/query?q=SELECT+Nope+FROM+Task"},
                    {"method":"POST","url":"v67.0/limits"}]}
                    """
            )
            let body = try answer.json
            #expect(body["hasErrors"].bool == true)
            #expect(body["results"].items.map { $0["statusCode"].int } == [200, 400, 400])
            #expect(body["results"][0]["result"]["name"].string == "Task")
            #expect(answer.headers["sforce-limit-info"] == "api-usage=1/100000")
        }
    }

    @Test func tooLongRequestIsRefused() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            let ids = String(repeating: "'00T000000000001AAA',", count: 1000)
            let answer = try await client.query("SELECT Id FROM Task WHERE Id IN (\(ids))", token)
            #expect(answer.status == 414)
        }
    }
}
