import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(1)))
struct ReplicationTests {
    /// `start` and `end` around the simulator's present, as query fields.
    private func window(
        _ client: SimulatorClient,
        from: Int = -3600,
        to: Int = 120
    ) async throws -> String {
        let text = try #require(try await client.control(.get, "state")["now"].string)
        let now = try #require(Moment(text))
        let times = [from, to].map {
            SimulatorClient.encoded(now.advanced(by: $0).text)
        }
        return "?start=\(times[0])&end=\(times[1])"
    }

    @Test func updatedListsWhatTheCallerSees() async throws {
        try await withSimulator { client in
            let bob = try await client.accessToken("bob@acme.com")
            let eve = try await client.accessToken("eve@acme.com")
            let made = try await client.control(
                .post,
                "tasks",
                #"{"owner":"bob@acme.com","count":3}"#
            )
            let path = "sobjects/Task/updated/\(try await window(client))"
            let seen = try await client.data(path, bob).json
            let ids = Set(seen["ids"].items.compactMap(\.string))
            #expect(ids == Set(made["ids"].items.compactMap(\.string)))
            #expect(seen["latestDateCovered"].string?.hasSuffix("+0000") == true)
            #expect(try await client.data(path, eve).json["ids"].items.isEmpty)
        }
    }

    @Test func openTransactionHoldsTheCoveredDateBack() async throws {
        try await withSimulator { client in
            let bob = try await client.accessToken("bob@acme.com")
            let made = try await client.control(
                .post,
                "tasks",
                #"{"owner":"bob@acme.com","ageSeconds":480,"commitInSeconds":-1}"#
            )
            let id = try #require(made["ids"][0].string)
            let transaction = try #require(made["transaction"].int)
            let path = "sobjects/Task/updated/\(try await window(client))"
            let before = try await client.data(path, bob).json
            #expect(before["ids"].items.isEmpty)
            let state = try await client.control(.get, "state")
            #expect(
                before["latestDateCovered"].string
                    == state["openTransactions"][0]["startedAt"].string
            )
            try await client.control(.post, "transactions/\(transaction)/commit")
            let after = try await client.data(path, bob).json
            #expect(after["ids"].items.compactMap(\.string) == [id])
        }
    }

    @Test func dueTransactionCommitsByItself() async throws {
        try await withSimulator { client in
            let bob = try await client.accessToken("bob@acme.com")
            let made = try await client.control(
                .post,
                "tasks",
                #"{"owner":"bob@acme.com","commitInSeconds":600}"#
            )
            let id = try #require(made["ids"][0].string)
            let query = "SELECT Id FROM Task WHERE Id = '\(id)'"
            #expect(try await client.query(query, bob).json["totalSize"].int == 0)
            try await client.control(.patch, "clock", #"{"advanceSeconds":600}"#)
            #expect(try await client.query(query, bob).json["totalSize"].int == 1)
        }
    }

    @Test func deletedUndeletedAndHardDeletedDiffer() async throws {
        try await withSimulator { client in
            let bob = try await client.accessToken("bob@acme.com")
            let made = try await client.control(
                .post,
                "tasks",
                #"{"owner":"bob@acme.com","count":2}"#
            )
            let ids = made["ids"].items.compactMap(\.string)
            try await client.control(.delete, "tasks/\(ids[0])")
            try await client.control(.delete, "tasks/\(ids[1])?hard=true")
            let path = "sobjects/Task/deleted/\(try await window(client))"
            let log = try await client.data(path, bob).json
            #expect(log["deletedRecords"].items.compactMap { $0["id"].string } == [ids[0]])
            #expect(log["earliestDateAvailable"].string != nil)
            let query = "SELECT Id, IsDeleted FROM Task WHERE Id IN ('\(ids[0])','\(ids[1])')"
            #expect(try await client.query(query, bob).json["totalSize"].int == 0)
            let all = try await client.query(query, bob, all: true).json["records"].items
            #expect(all.count == 1)
            #expect(all.first?["IsDeleted"].bool == true)
            try await client.control(.post, "tasks/\(ids[0])/undelete")
            #expect(try await client.query(query, bob).json["totalSize"].int == 1)
            #expect(try await client.data(path, bob).json["deletedRecords"].items.isEmpty)
        }
    }

    @Test func recycleBinEmptiesAfterFifteenDays() async throws {
        try await withSimulator { client in
            let made = try await client.control(.post, "tasks", #"{"owner":"bob@acme.com"}"#)
            let id = try #require(made["ids"][0].string)
            try await client.control(.delete, "tasks/\(id)")
            try await client.control(.patch, "clock", #"{"advanceSeconds":1300000}"#)
            let bob = try await client.accessToken("bob@acme.com")
            let query = "SELECT Id FROM Task WHERE Id = '\(id)'"
            #expect(try await client.query(query, bob, all: true).json["totalSize"].int == 0)
        }
    }

    @Test(arguments: [("updated", -40 * 86_400), ("deleted", -20 * 86_400), ("updated", 600)])
    func windowsOutOfReachAreRefused(call: String, from: Int) async throws {
        try await withSimulator { client in
            let bob = try await client.accessToken("bob@acme.com")
            let window = try await window(client, from: from)
            let answer = try await client.data("sobjects/Task/\(call)/\(window)", bob)
            #expect(answer.status == 400)
            try #expect(answer.json[0]["errorCode"].string == "INVALID_REPLICATION_DATE")
        }
    }

    @Test func changesMoveTheModstamp() async throws {
        try await withSimulator { client in
            let bob = try await client.accessToken("bob@acme.com")
            let made = try await client.control(
                .post,
                "tasks",
                #"{"owner":"bob@acme.com","ageSeconds":7200}"#
            )
            let id = try #require(made["ids"][0].string)
            let read = "SELECT Status, IsClosed, CompletedDateTime, SystemModstamp FROM Task "
            let query = read + "WHERE Id = '\(id)'"
            let before = try await client.query(query, bob).json["records"][0]
            try await client.control(.patch, "tasks/\(id)", #"{"status":"Completed"}"#)
            let closed = try await client.query(query, bob).json["records"][0]
            #expect(closed["IsClosed"].bool == true)
            #expect(closed["CompletedDateTime"].string != nil)
            #expect(closed["SystemModstamp"].string ?? "" > before["SystemModstamp"].string ?? "")
            try await client.control(.patch, "tasks/\(id)", #"{"status":"In Progress"}"#)
            let open = try await client.query(query, bob).json["records"][0]
            #expect(open["IsClosed"].bool == false)
            #expect(open["CompletedDateTime"] == .null)
        }
    }
}
