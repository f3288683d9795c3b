import Domain
import FoundationEssentials
import NIOHTTP1
import Testing

@testable import Salesforce

/// What has become of a person's tasks, in one call.
@Suite(.timeLimit(.minutes(1)))
struct ChangesTests {
    @Test func oneCallTellsEverythingAndCountsAsOne() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let session = try await salesforce.session("bob@acme.com")
            let ids = try await salesforce.createTasks(
                """
                {"owner":"bob@acme.com","count":4,"seed":7,"ageSeconds":7200,\
                "status":"In Progress"}
                """
            )
            let since = Date().addingTimeInterval(-600)
            let before = try await salesforce.present.changes(since: since, session: session)
            try await salesforce.control(.PATCH, "tasks/\(ids[0])", "{\"status\":\"Completed\"}")
            try await salesforce.control(.DELETE, "tasks/\(ids[1])")
            try await salesforce.control(.DELETE, "tasks/\(ids[2])?hard=true")
            let after = try await salesforce.present.changes(since: since, session: session)
            #expect(after.page.calls == 1)
            #expect(after.page.tasks.contains { $0.externalID == ids[0] && $0.isClosed })
            #expect(after.page.deleted == [ids[1]])
            // The third is gone without a trace: only the open ids tell.
            #expect(after.deleted.contains(ids[1]))
            let (openBefore, openAfter) = (try #require(before.open), try #require(after.open))
            let gone = Set(openBefore).subtracting(openAfter)
            #expect(gone == [ids[0], ids[1], ids[2]])
            let covered = try #require(after.coveredUntil)
            #expect(abs(covered.timeIntervalSinceNow) < 120)
        }
    }

    @Test func transactionThatIsOpenHoldsBackWhatIsCovered() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let session = try await salesforce.session("bob@acme.com")
            _ = try await salesforce.createTasks(
                """
                {"owner":"bob@acme.com","count":1,"seed":7,"ageSeconds":480,"commitInSeconds":-1,\
                "status":"In Progress"}
                """
            )
            let changes = try await salesforce.present.changes(
                since: Date().addingTimeInterval(-60),
                session: session
            )
            let covered = try #require(changes.coveredUntil)
            #expect(covered.timeIntervalSinceNow < -420)
        }
    }

    @Test func sinceLongAgoAsksForDeletionsOnlyAsFarAsSalesforceAllows() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let session = try await salesforce.session("bob@acme.com")
            let changes = try await salesforce.present.changes(
                since: Date().addingTimeInterval(-90 * 86_400),
                session: session
            )
            #expect(changes.coveredUntil != nil)
            #expect(changes.page.tasks.contains { $0.isClosed })
        }
    }

    @Test func answersThatAreTooLongAreReadFurther() async throws {
        try await SimulatedSalesforce.with(pageSize: 10) { salesforce in
            let session = try await salesforce.session("bob@acme.com")
            _ = try await salesforce.createTasks(
                "{\"owner\":\"bob@acme.com\",\"count\":25,\"seed\":7,\"status\":\"In Progress\"}"
            )
            let changes = try await salesforce.present.changes(
                since: Date().addingTimeInterval(-600),
                session: session
            )
            #expect(changes.open == nil)
            #expect(changes.page.tasks.count == 10)
            #expect(changes.page.next != nil)
        }
    }

    @Test(arguments: [0, 1, 2, 3])
    func partThatIsRefusedIsAnErrorOfItsOwnOrVouchesForNothing(part: Int) async throws {
        let empty = "{\"statusCode\":200,\"result\":{\"done\":true,\"records\":[]}}"
        let covered =
            "{\"statusCode\":200,\"result\":{\"latestDateCovered\":\"2026-05-01T10:15:00.000+0000\"}}"
        let refused =
            "{\"statusCode\":403,\"result\":[{\"errorCode\":\"REQUEST_LIMIT_EXCEEDED\","
            + "\"message\":\"TotalRequests Limit exceeded.\"}]}"
        var parts = [empty, empty, covered, covered]
        parts[part] = refused
        let body = "{\"hasErrors\":true,\"results\":[\(parts.joined(separator: ","))]}"
        try await StubServer.with(answering: { _, _ in .init(body: body) }) { server, port in
            try await withProvider(loginPort: port) { provider in
                let call = { () async throws -> TaskChanges in
                    try await provider.changes(
                        since: Fixture.now,
                        session: Fixture.session(port: port)
                    )
                }
                if part < 2 {
                    let error = await #expect(throws: ProviderError.self) { _ = try await call() }
                    #expect(error?.failure.reason == .quotaExhausted)
                } else {
                    let changes = try await call()
                    #expect(changes.coveredUntil == nil)
                }
                let request = try #require(server.requests.first)
                #expect(request.method == "POST")
                #expect(request.target == "/services/data/v67.0/composite/batch")
                #expect(server.requests.count == 1)
            }
        }
    }
}

extension SimulatedSalesforce {
    /// The provider with the clock it has in service: the simulator goes by the machine's.
    fileprivate var present: SalesforceProvider {
        SalesforceProvider(
            configuration: provider.configuration,
            client: provider.wire.client,
            logger: provider.wire.logger
        )
    }
}
