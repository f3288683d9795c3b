import Domain
import FoundationEssentials
import Testing

@testable import Salesforce

/// A sent code or refresh token may be spent exactly where nothing says whether it is.
@Suite(.timeLimit(.minutes(1)))
struct OutcomeUnknownTests {
    private static let spending: Set<Endpoint> = [.exchange, .refresh]
    private static let unclear: Set<Int> = [406, 420, 500, 502, 503, 504, 599]

    @Test func onlyTheRowsOfAnUnclearAnswerSaySo() {
        for row in ErrorTable.rows {
            let isUnclear = [Failure.refreshUnknown, .codeUnanswered].contains(row.failure)
            #expect(row.isOutcomeUnknown == isUnclear, "\(row)")
            #expect(!row.isOutcomeUnknown || row.action == .retry, "\(row)")
            #expect(!row.isOutcomeUnknown || row.endpoints.isSubset(of: Self.spending), "\(row)")
        }
        #expect(ErrorTable.rows.count(where: \.isOutcomeUnknown) == 2)
    }

    @Test(arguments: ErrorTableTests.tokenCases + ErrorTableTests.dataCases)
    func answerThatIsNamedIsNotUnclear(example: ErrorTableTests.Case) {
        let answer = WireAnswer(status: example.status, body: Data(example.body.utf8))
        let error = ErrorTable.error(for: answer, at: example.endpoint, now: Fixture.now)
        #expect(
            error.isOutcomeUnknown
                == (Self.spending.contains(example.endpoint)
                    && Self.unclear.contains(example.status))
        )
    }

    @Test(
        arguments: Endpoint.allCases,
        [
            300, 400, 401, 403, 404, 406, 408, 418, 420, 429, 500, 502, 503, 504, 599,
        ]
    )
    func statusDecidesWhereNothingIsNamed(endpoint: Endpoint, status: Int) {
        for body in ["", "<html>", "{\"error\":\"never_seen\"}"] {
            let answer = WireAnswer(status: status, body: Data(body.utf8))
            let error = ErrorTable.error(for: answer, at: endpoint, now: Fixture.now)
            #expect(
                error.isOutcomeUnknown
                    == (Self.spending.contains(endpoint) && Self.unclear.contains(status))
            )
        }
    }

    @Test(
        arguments: Endpoint.allCases,
        [
            Unanswered.notSent, .unknown, .tooLarge, .interrupted,
        ]
    )
    func requestThatMayHaveLeftIsUnclear(endpoint: Endpoint, reason: Unanswered) {
        let error = ErrorTable.error(for: reason, at: endpoint)
        #expect(error.disposition == .retry(notBefore: nil))
        #expect(
            error.isOutcomeUnknown == (reason != .notSent && Self.spending.contains(endpoint))
        )
    }

    @Test(arguments: Endpoint.allCases)
    func successThatCannotBeReadIsUnclear(endpoint: Endpoint) {
        let error = ErrorTable.error(
            forUnreadable: WireAnswer(status: 200, body: Data()),
            at: endpoint
        )
        #expect(error.isOutcomeUnknown == Self.spending.contains(endpoint))
    }

    @Test(arguments: [
        StubServer.Reply(body: "<html>a proxy's page</html>"),
        StubServer.Reply(body: "{\"access_token\":\"00D!x\"}"),
        StubServer.Reply(body: "{\"access_token\":\"00D!x\"}", fault: .truncated),
        StubServer.Reply(body: String(repeating: " ", count: 300 * 1024)),
        StubServer.Reply(status: 503, body: "<html>maintenance</html>"),
    ])
    func exchangedCodeMayBeSpent(reply: StubServer.Reply) async throws {
        try await StubServer.with(answering: { _, _ in reply }) { server, port in
            try await withProvider(loginPort: port) { provider in
                let error = try await providerError {
                    try await provider.exchange(Fixture.codeExchange(port: port))
                }
                #expect(error.isOutcomeUnknown)
                #expect(error.failure.reason == .providerUnavailable)
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test func refusedCodeIsNotUnclear() async throws {
        let reply = StubServer.Reply(status: 400, body: "{\"error\":\"invalid_grant\"}")
        try await StubServer.with(answering: { _, _ in reply }) { _, port in
            try await withProvider(loginPort: port) { provider in
                let error = try await providerError {
                    try await provider.exchange(Fixture.codeExchange(port: port))
                }
                #expect(!error.isOutcomeUnknown)
            }
        }
    }
}
