import Testing

@Suite(.timeLimit(.minutes(1)))
struct BulkJobTests {
    @Test func jobRunsAndItsResultsComeInParts() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            let bearer = ("Authorization", "Bearer \(token)")
            let path = "/services/data/v67.0/jobs/query"
            let job = try await client.call(
                .post,
                path,
                headers: [bearer],
                body: #"{"operation":"queryAll","query":"SELECT Id, Subject FROM Task"}"#
            ).json
            #expect(job["state"].string == "UploadComplete")
            let id = try #require(job["id"].string)
            var states: [String] = []
            for _ in 0..<2 {
                let look = try await client.data("\(path)/\(id)", token).json
                states.append(try #require(look["state"].string))
            }
            #expect(states == ["InProgress", "JobComplete"])
            let part = try await client.data("\(path)/\(id)/results?maxRecords=20", token)
            #expect(part.headers["sforce-numberofrecords"] == "20")
            #expect(part.text.hasPrefix("\"Id\",\"Subject\"\n"))
            let locator = try #require(part.headers["sforce-locator"])
            let last = try await client.data(
                "\(path)/\(id)/results?locator=\(locator)",
                token
            )
            #expect(last.headers["sforce-locator"] == "null")
            #expect(last.headers["sforce-numberofrecords"] == "4")
            let other = try await client.data(
                "/services/data/v66.0/jobs/query/\(id)/results",
                token
            )
            #expect(other.status == 409)
        }
    }

    @Test func abortedAndDeletedJobsAnswerSo() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            let bearer = ("Authorization", "Bearer \(token)")
            let path = "/services/data/v67.0/jobs/query"
            let job = try await client.call(
                .post,
                path,
                headers: [bearer],
                body: #"{"operation":"query","query":"SELECT Id FROM Task"}"#
            ).json
            let id = try #require(job["id"].string)
            let aborted = try await client.call(
                .patch,
                "\(path)/\(id)",
                headers: [bearer],
                body: #"{"state":"Aborted"}"#
            )
            try #expect(aborted.json["state"].string == "Aborted")
            #expect(
                try await client.call(.delete, "\(path)/\(id)", headers: [bearer]).status == 204
            )
            #expect(try await client.data("\(path)/\(id)", token).status == 404)
        }
    }
}
