import Domain
import FoundationEssentials
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct TaskCallsTests {
    private func reading(
        _ query: TaskQuery = TaskQuery(.open),
        pageSize: Int = 2000,
        answering answer: @escaping @Sendable (StubServer.Request, StubServer) -> StubServer.Reply
    ) async throws -> (page: TaskPage, targets: [String]) {
        try await StubServer.with(answering: answer) { server, port in
            try await withProvider(loginPort: port, pageSize: pageSize) { provider in
                let page = try await provider.tasks(query, session: Fixture.session(port: port))
                return (page, server.requests.map(\.target))
            }
        }
    }

    private static func soql(_ text: String) -> String {
        "/services/data/v67.0/query?q=" + text.percentEncoded
    }

    private static func soqlOfAll(_ text: String) -> String {
        "/services/data/v67.0/queryAll?q=" + text.percentEncoded
    }

    private static let fields =
        "SELECT Id, Subject, Status, Priority, ActivityDate, IsClosed, OwnerId, SystemModstamp, "
        + "WhatId, What.Name, What.Type, WhoId, Who.Name, Who.Type, IsDeleted FROM Task "
        + "WHERE OwnerId = '\(Fixture.user)' AND IsRecurrence = false"

    @Test func firstPageOfOpenTasksIsAskedFor() async throws {
        let (page, targets) = try await reading { _, _ in
            .init(body: Fixture.page([Fixture.task(1), Fixture.task(2)]))
        }
        #expect(
            targets == [
                Self.soql(
                    Self.fields + " AND IsClosed = false ORDER BY SystemModstamp, Id LIMIT 2000"
                )
            ]
        )
        #expect(page.tasks.map(\.externalID) == [Fixture.taskID(1), Fixture.taskID(2)])
        #expect(page.next == nil)
        #expect(page.providerTime != nil)
        #expect(page.calls == 1)
    }

    @Test func changesAreReadFromAnInstantThenFromAPlace() async throws {
        let since = try #require(RFC3339.date(from: "2026-04-30T00:00:00Z"))
        let full = Fixture.page([Fixture.task(1), Fixture.task(2)])
        let (first, targets) = try await reading(TaskQuery(.changed(since: since)), pageSize: 2) {
            _,
            _ in .init(body: full)
        }
        #expect(
            targets == [
                Self.soqlOfAll(
                    Self.fields + " AND SystemModstamp >= 2026-04-30T00:00:00Z"
                        + " ORDER BY SystemModstamp, Id LIMIT 2"
                )
            ]
        )
        let place = TaskCursor(
            timestamp: "2026-05-01T10:15:30.000+0000",
            id: Fixture.taskID(2)
        )
        #expect(first.next == place)
        let query = TaskQuery(.changed(since: since), after: place)
        let (second, more) = try await reading(query, pageSize: 2) { _, _ in
            .init(body: Fixture.page([]))
        }
        #expect(
            more == [
                Self.soqlOfAll(
                    Self.fields + " AND SystemModstamp >= 2026-05-01T10:15:30Z"
                        + " AND (SystemModstamp > 2026-05-01T10:15:30Z OR Id > '\(place.id)')"
                        + " ORDER BY SystemModstamp, Id LIMIT 2"
                )
            ]
        )
        #expect(second.next == nil)
    }

    @Test func shortAnswersMakeOnePage() async throws {
        let (page, targets) = try await reading(pageSize: 4) { request, server in
            let next = "/services/data/v67.0/query/0r8x-\(server.requests.count)"
            return switch server.requests.count {
            case 1: .init(body: Fixture.page([Fixture.task(1), Fixture.task(2)], next: next))
            case 2: .init(body: Fixture.page([Fixture.task(3)], next: next))
            default: .init(body: Fixture.page([]))
            }
        }
        #expect(page.tasks.count == 3)
        #expect(page.calls == 3)
        #expect(page.next == nil)
        #expect(targets.last == "/services/data/v67.0/query/0r8x-2")
    }

    @Test func forgottenContinuationGoesOnByKeyset() async throws {
        let (page, _) = try await reading { request, _ in
            guard request.target.contains("0r8x") else {
                let next = "/services/data/v67.0/query/0r8x-1"
                return .init(body: Fixture.page([Fixture.task(1)], next: next))
            }
            return .init(
                status: 400,
                body: "[{\"errorCode\":\"INVALID_QUERY_LOCATOR\",\"message\":\"invalid\"}]"
            )
        }
        #expect(page.tasks.count == 1)
        #expect(page.next?.id == Fixture.taskID(1))
        #expect(page.calls == 2)
    }

    @Test func endlessContinuationsAreGivenUp() async throws {
        let error = try await providerError {
            try await reading { _, _ in
                .init(body: Fixture.page([], next: "/services/data/v67.0/query/0r8x-1"))
            }
        }
        #expect(error.disposition == .retry(notBefore: nil))
    }

    @Test(arguments: [
        ("null", "(No subject)"),
        ("\"\"", "(No subject)"),
        ("\"\\u0000\\u0007\"", "(No subject)"),
        ("\"a\\u0000b\\nc\"", "abc"),
        ("\"Call 😀 \\\"Acme\\\"\"", "Call 😀 \"Acme\""),
        ("\"\(String(repeating: "😀", count: 300))\"", String(repeating: "😀", count: 255)),
    ])
    func subjectBecomesATitle(subject: String, title: String) async throws {
        let (page, _) = try await reading { _, _ in
            .init(body: Fixture.page([Fixture.task(1, subject: subject)]))
        }
        #expect(page.tasks.map(\.title) == [title])
    }

    @Test func compressedAnswerIsRead() async throws {
        // {"totalSize":0,"done":true,"records":[]}
        let compressed = Data(
            base64Encoded:
                "H4sIAAAAAAACA6tWKskvScwJzqxKVbIy0FFKyc8DMkqKSlN1lIpSk/OLUoqVrKJjawGoICe+KAAAAA=="
        )
        let bytes = Array(try #require(compressed))
        let (page, _) = try await reading { _, _ in
            .init(headers: ["Content-Encoding": "gzip"], bytes: bytes)
        }
        #expect(page.tasks.isEmpty)
    }

    @Test func relatedRecordsAreTold() async throws {
        let record = Fixture.task(1).replacing(
            "\"WhatId\":null,\"What\":null,\"WhoId\":null,\"Who\":null",
            with: """
                "WhatId":"001A0000006Vm9u","What":{"attributes":{"type":"Name"},"Name":"Acme",\
                "Type":"Account"},"WhoId":"003A0000006Vm9u","Who":null
                """
        )
        let (page, _) = try await reading { _, _ in .init(body: Fixture.page([record])) }
        let task = try #require(page.tasks.first)
        #expect(
            task.relatedTo
                == RelatedRecord(type: "Account", id: "001A0000006Vm9uIAC", name: "Acme")
        )
        #expect(task.contact == nil)
        #expect(task.dueDate == "2026-05-01")
        #expect(task.providerUpdatedAt == RFC3339.date(from: "2026-05-01T10:15:30Z"))
        #expect(task.url.hasSuffix("/lightning/r/Task/\(Fixture.taskID(1))/view"))
    }

    @Test(arguments: [
        "<html>", "", "{\"done\":true}", "{\"done\":false,\"records\":[]}",
        Fixture.page([Fixture.task(1, at: "yesterday")]),
        Fixture.page(["{\"Id\":\"not-an-id\",\"SystemModstamp\":\"2026-05-01T10:15:30Z\"}"]),
    ])
    func senselessAnswerIsTriedAgain(body: String) async throws {
        let error = try await providerError { try await reading { _, _ in .init(body: body) } }
        #expect(error.disposition == .retry(notBefore: nil))
        #expect(error.failure.reason == .providerUnavailable)
    }

    @Test func nothingUncheckedEntersAQuery() async throws {
        let place = TaskCursor(timestamp: "2026-05-01T10:15:30Z OR Id != ''", id: Fixture.taskID(1))
        let error = try await providerError {
            try await reading(TaskQuery(.open, after: place)) { _, _ in .init() }
        }
        #expect(error.failure.reason == .internal)
    }

    @Test func openIDsAreReadToTheEnd() async throws {
        try await StubServer.with(answering: { request, _ in
            let ids = request.target.contains("Id%20%3E") ? [3] : [1, 2]
            return .init(body: Fixture.page(ids.map { "{\"Id\":\"\(Fixture.taskID($0))\"}" }))
        }) { server, port in
            try await withProvider(loginPort: port, pageSize: 2) { provider in
                let found = try await provider.openTaskIDs(session: Fixture.session(port: port))
                #expect(found.ids == [1, 2, 3].map(Fixture.taskID))
                #expect(found.calls == 2)
            }
        }
    }

    @Test func everyTaskHasItsFate() async throws {
        let other = "005B0000009ZzzzIAC"
        let records = [
            Fixture.task(1, more: ",\"IsDeleted\":true"),
            Fixture.task(2, more: ",\"IsDeleted\":false").replacing(Fixture.user, with: other),
            Fixture.task(3, more: ",\"IsDeleted\":false"),
        ]
        try await StubServer.with(answering: { _, _ in .init(body: Fixture.page(records)) }) {
            server,
            port in
            let ids = (1...401).map(Fixture.taskID)
            let fates = try await withProvider(loginPort: port) { provider in
                try await provider.fates(of: ids, session: Fixture.session(port: port))
            }
            #expect(fates.removed[ids[0]] == .deleted)
            #expect(fates.removed[ids[1]] == .reassigned)
            #expect(fates.removed[ids[3]] == .notVisible)
            #expect(fates.present.map(\.externalID) == [ids[2]])
            #expect(fates.calls == 2)
            #expect(server.requests.allSatisfy { $0.target.contains("/queryAll?q=") })
            #expect(server.requests.allSatisfy { $0.target.utf8.count < 14_000 })
        }
    }
}
