import Testing

@Suite(.timeLimit(.minutes(1)))
struct PreparedQueryTests {
    @Test func recordsHaveAttributesParentsAndNulls() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            let state = try await client.control(.get, "state")
            let related = state["organizations"][0]["related"].items
            let contact = try #require(
                related.first { $0["type"].string == "Contact" }?["id"].string
            )
            let account = try #require(
                related.first { $0["type"].string == "Account" }?["id"].string
            )
            let made = try await client.control(
                .post,
                "tasks",
                #"{"owner":"bob@acme.com","subject":"Ünïcode 🚀 \"x\"","who":"\#(contact)","what":"\#(account)"}"#
            )
            let id = try #require(made["ids"][0].string)
            let answer = try await client.query(
                "select id, subject, Description, who.name, Who.Type, What.Name, Owner.Name, "
                    + "Account.Name, SystemModstamp FROM Task WHERE Id = '\(id.prefix(15))'",
                token
            )
            let body = try answer.json
            #expect(body["totalSize"].int == 1)
            #expect(body["done"].bool == true)
            let record = body["records"][0]
            #expect(record["attributes"]["type"].string == "Task")
            #expect(
                record["attributes"]["url"].string == "/services/data/v67.0/sobjects/Task/\(id)"
            )
            #expect(record["Subject"].string == "Ünïcode 🚀 \"x\"")
            #expect(record["Who"]["Type"].string == "Contact")
            #expect(record["Who"]["Name"].string == "Jack Rogers")
            #expect(record["What"]["Name"].string == "Burlington Textiles")
            #expect(record["Owner"]["Name"].string == "Bob Ng")
            #expect(record["SystemModstamp"].string?.hasSuffix(".000+0000") == true)
        }
    }

    @Test func missingParentIsNull() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            let body = try await client.query(
                "SELECT Who.Name FROM Task WHERE WhoId = null LIMIT 1",
                token
            ).json
            #expect(body["records"][0].names == ["attributes", "Who"])
            #expect(body["records"][0]["Who"] == .null)
        }
    }

    @Test func standardUserSeesOwnTasksOnly() async throws {
        try await withSimulator { client in
            let bob = try await client.accessToken("bob@acme.com")
            let jane = try await client.accessToken("jane@acme.com")
            let count = "SELECT COUNT() FROM Task"
            // One of each person's 24 tasks is archived.
            #expect(try await client.query(count, bob).json["totalSize"].int == 23)
            #expect(try await client.query(count, bob, all: true).json["totalSize"].int == 24)
            #expect(try await client.query(count, jane).json["totalSize"].int == 69)
            let mine = try await client.query("SELECT Id FROM Task LIMIT 1", bob).json
            let id = try #require(mine["records"][0]["Id"].string)
            try await client.control(.patch, "tasks/\(id)", #"{"owner":"Support Queue"}"#)
            let byID = "SELECT Id, Owner.Type FROM Task WHERE Id IN ('\(id)')"
            #expect(try await client.query(byID, bob).json["totalSize"].int == 0)
            #expect(
                try await client.query(byID, jane).json["records"][0]["Owner"]["Type"].string
                    == "Queue"
            )
        }
    }

    @Test(arguments: [
        ("Subject = 'ALPHA'", 1), ("Subject != 'alpha'", 2), ("Subject LIKE '%a'", 3),
        ("Subject LIKE '_lph%'", 1), ("Priority IN ('High', 'Low')", 2),
        ("Priority NOT IN ('High')", 2), ("IsClosed = true", 1), ("NOT IsClosed = true", 2),
        ("(Subject = 'alpha' AND IsClosed = false) OR Subject = 'gamma'", 2),
        ("Subject = 'be\\'ta'", 0), ("ActivityDate = 2026-05-01", 1),
        ("ActivityDate > 2026-05-01", 2), ("ActivityDate <= 2026-05-02", 2),
        ("ActivityDate = null", 0), ("SystemModstamp > 2020-01-01T00:00:00Z", 3),
        ("SystemModstamp < 2020-01-01T00:00:00+02:00", 0), ("CallDurationInSeconds > 5", 0),
    ])
    func filters(condition: String, count: Int) async throws {
        try await withSimulator { client in
            try await client.control(
                .post,
                "users",
                #"{"organization":"Acme","email":"new@acme.com"}"#
            )
            for (subject, priority, status, day) in [
                ("alpha", "High", "Not Started", 1), ("beta", "Low", "Completed", 2),
                ("gamma", "Normal", "In Progress", 3),
            ] {
                try await client.control(
                    .post,
                    "tasks",
                    #"{"owner":"new@acme.com","subject":"\#(subject)","priority":"\#(priority)","status":"\#(status)","activityDate":"2026-05-0\#(day)"}"#
                )
            }
            let token = try await client.accessToken("new@acme.com")
            let answer = try await client.query("SELECT Id FROM Task WHERE \(condition)", token)
            #expect(answer.status == 200, "\(answer.text)")
            try #expect(answer.json["totalSize"].int == count)
        }
    }

    @Test(arguments: [
        ("SELECT Foo__c FROM Task", "INVALID_FIELD"), ("SELECT Id FROM Foo", "INVALID_TYPE"),
        ("SELECT Id Task", "MALFORMED_QUERY"), ("SELECT Id FROM Task WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Task WHERE Subject = 'x", "MALFORMED_QUERY"),
        (
            "SELECT Id FROM Task WHERE IsClosed = true OR Subject = 'a' AND Subject = 'b'",
            "MALFORMED_QUERY"
        ),
        ("SELECT Id FROM Task WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE IsClosed = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE SystemModstamp > 2020-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Task WHERE OwnerId = 'x'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Nope.Name FROM Task", "INVALID_FIELD"),
        ("SELECT Id FROM Task ORDER BY Description", "INVALID_FIELD"),
        ("SELECT Id FROM Task OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
    ])
    func refusals(soql: String, code: String) async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            let answer = try await client.query(soql, token)
            #expect(answer.status == 400)
            try #expect(answer.json[0]["errorCode"].string == code)
        }
    }

    @Test func unknownFieldIsPointedAt() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            let message = try await client.query("SELECT Id, Foo__c FROM Task", token)
                .json[0]["message"].string
            #expect(
                message?.hasPrefix(
                    "\nSELECT Id, Foo__c FROM Task\n           ^\nERROR at Row:1:Column:12\n"
                        + "No such column 'Foo__c' on entity 'Task'."
                ) == true
            )
            try await client.control(
                .patch,
                "organizations/Acme",
                #"{"hiddenFields":["Priority"]}"#
            )
            let hidden = try await client.query("SELECT Priority FROM Task", token)
            try #expect(hidden.json[0]["errorCode"].string == "INVALID_FIELD")
        }
    }

    @Test func ordersBySeveralFieldsWithNullsFirst() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("jane@acme.com")
            let body = try await client.query(
                "SELECT Subject, Priority FROM Task ORDER BY Priority DESC, Subject ASC NULLS LAST",
                token
            ).json
            let priorities = body["records"].items.compactMap { $0["Priority"].string }
            #expect(priorities == priorities.sorted(by: >))
            let first = try await client.query(
                "SELECT Subject FROM Task ORDER BY Subject LIMIT 1",
                token
            ).json
            #expect(first["records"][0]["Subject"] == .null)
        }
    }

    @Test func pagesFollowLocators() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            try await client.control(.post, "tasks", #"{"owner":"bob@acme.com","count":2500}"#)
            let options = ("Sforce-Query-Options", "batchSize=1000")
            var page = try await client.query(
                "SELECT Id FROM Task ORDER BY SystemModstamp, Id",
                token,
                headers: [options]
            ).json
            #expect(page["totalSize"].int == 2523)
            var ids: [String] = []
            var sizes: [Int] = []
            while true {
                ids += page["records"].items.compactMap { $0["Id"].string }
                sizes.append(page["records"].items.count)
                guard let next = page["nextRecordsUrl"].string else { break }
                #expect(page["done"].bool == false)
                #expect(next.hasPrefix("/services/data/v67.0/query/0r8"))
                page = try await client.data(next, token).json
            }
            #expect(sizes == [1000, 1000, 523])
            #expect(Set(ids).count == 2523)
            #expect(page["done"].bool == true)
        }
    }

    @Test func keysetCrossesAnEdgeOfEqualModstamps() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            try await client.control(
                .post,
                "tasks",
                #"{"owner":"bob@acme.com","count":2500,"ageSeconds":60}"#
            )
            var ids: Set<String> = []
            var condition = ""
            var count = 1
            while count > 0 {
                let soql =
                    "SELECT Id, SystemModstamp FROM Task \(condition) "
                    + "ORDER BY SystemModstamp, Id LIMIT 700"
                let page = try await client.query(soql, token).json["records"].items
                ids.formUnion(page.compactMap { $0["Id"].string })
                count = page.count
                condition = Self.after(page.last ?? .null)
            }
            #expect(ids.count == 2523)
        }
    }

    @Test func locatorsEndByAgeNumberAndOwner() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("jane@acme.com")
            try await client.control(.patch, "settings", #"{"pageSize":10,"locatorsPerUser":2}"#)
            var urls: [String] = []
            for _ in 0..<3 {
                let page = try await client.query("SELECT Id FROM Task", token).json
                urls.append(try #require(page["nextRecordsUrl"].string))
            }
            let dropped = try await client.data(urls[0], token)
            #expect(dropped.status == 400)
            try #expect(dropped.json[0]["errorCode"].string == "INVALID_QUERY_LOCATOR")
            #expect(try await client.data(urls[2], token).status == 200)
            let other = try await client.accessToken("bob@acme.com")
            #expect(try await client.data(urls[2], other).status == 400)
            #expect(try await client.data("query/nonsense", token).status == 400)
            try await client.control(
                .patch,
                "settings",
                #"{"locatorIdleSeconds":900,"slidingSessions":true}"#
            )
            try await client.control(.patch, "clock", #"{"advanceSeconds":901}"#)
            #expect(
                try await client.data(urls[2], token).json[0]["extendedErrorCode"].string
                    == "QUERY_LOCATOR_EXPIRED"
            )
        }
    }

    @Test func otherObjectsAnswer() async throws {
        try await withSimulator { client in
            let token = try await client.accessToken("bob@acme.com")
            let organization = try await client.query(
                "SELECT Id, Name, OrganizationType, IsSandbox FROM Organization",
                token
            ).json["records"][0]
            #expect(organization["OrganizationType"].string == "Enterprise Edition")
            let user = try await client.query(
                "SELECT Id, Profile.Name FROM User WHERE Username = 'jane@acme.com'",
                token
            ).json["records"][0]
            #expect(user["Profile"]["Name"].string == "System Administrator")
            try await client.control(
                .patch,
                "organizations/Acme",
                #"{"closedStatuses":["Dropped"]}"#
            )
            let closed = try await client.query(
                "SELECT ApiName FROM TaskStatus WHERE IsClosed = true",
                token
            ).json["records"].items
            #expect(closed.compactMap { $0["ApiName"].string } == ["Completed", "Dropped"])
            let accounts = try await client.query("SELECT COUNT() FROM Account", token).json
            #expect(accounts["totalSize"].int == 3)
        }
    }

    /// The filter for what comes after a record, as a reader by keyset would write it.
    private static func after(_ record: JSON) -> String {
        let moment = (record["SystemModstamp"].string ?? "").replacing("+0000", with: "Z")
        let id = record["Id"].string ?? ""
        return "WHERE SystemModstamp > \(moment) OR (SystemModstamp = \(moment) AND Id > '\(id)')"
    }
}
