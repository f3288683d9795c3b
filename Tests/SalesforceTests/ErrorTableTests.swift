import Domain
import FoundationEssentials
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct ErrorTableTests {
    /// An answer, and what is to be made of it.
    struct Case: Sendable, CustomTestStringConvertible {
        var endpoint: Endpoint
        var status: Int
        var body: String
        var disposition: ProviderError.Disposition
        var reason: FailureReason

        init(
            _ endpoint: Endpoint,
            _ status: Int,
            _ body: String,
            _ disposition: ProviderError.Disposition,
            _ reason: FailureReason
        ) {
            self.endpoint = endpoint
            self.status = status
            self.body = body
            self.disposition = disposition
            self.reason = reason
        }

        var testDescription: String { "\(endpoint) \(status) \(body)" }

        /// The token endpoint's form of an error.
        static func oauth(
            _ endpoint: Endpoint,
            _ error: String,
            _ description: String,
            _ disposition: ProviderError.Disposition,
            _ reason: FailureReason
        ) -> Case {
            let body = "{\"error\":\"\(error)\",\"error_description\":\"\(description)\"}"
            return Case(endpoint, 400, body, disposition, reason)
        }

        /// The REST API's form of an error.
        static func rest(
            _ status: Int,
            _ code: String,
            _ message: String,
            _ disposition: ProviderError.Disposition,
            _ reason: FailureReason
        ) -> Case {
            let body = "[{\"message\":\"\(message)\",\"errorCode\":\"\(code)\"}]"
            return Case(.data, status, body, disposition, reason)
        }
    }

    private static let retry = ProviderError.Disposition.retry(notBefore: nil)

    private static func later(_ seconds: Double) -> ProviderError.Disposition {
        .retry(notBefore: Fixture.now.advanced(by: seconds))
    }

    static let tokenCases: [Case] = [
        .oauth(.exchange, "invalid_grant", "expired authorization code", .reject, .codeRejected),
        .oauth(.exchange, "invalid_grant", "invalid authorization code", .reject, .codeRejected),
        .oauth(.exchange, "invalid_grant", "", .reject, .codeRejected),
        .oauth(.exchange, "invalid_request", "code challenge mismatch", .reject, .codeRejected),
        .oauth(.exchange, "invalid_grant", "ip restricted", .operator, .providerRejected),
        .oauth(.exchange, "inactive_user", "user is inactive", .reauthorize, .grantRevoked),
        .oauth(.exchange, "redirect_uri_mismatch", "no", .operator, .providerRejected),
        .oauth(
            .refresh,
            "invalid_grant",
            "token request is already being processed",
            later(2),
            .providerUnavailable
        ),
        .oauth(
            .refresh,
            "invalid_grant",
            "expired authorization code",
            later(2),
            .providerUnavailable
        ),
        .oauth(
            .refresh,
            "invalid_grant",
            "expired access/refresh token",
            .reauthorize,
            .grantRevoked
        ),
        .oauth(.refresh, "invalid_grant", "authentication failure", .reauthorize, .grantRevoked),
        .oauth(.refresh, "invalid_grant", "ip restricted", .operator, .providerRejected),
        .oauth(.refresh, "invalid_grant", "something new", retry, .grantRevoked),
        .oauth(.refresh, "inactive_user", "user is inactive", .reauthorize, .grantRevoked),
        .oauth(.refresh, "inactive_org", "", .reauthorize, .grantRevoked),
        .oauth(
            .refresh,
            "invalid_app_access",
            "user is not admin approved to access this app",
            .reject,
            .appNotInstalled
        ),
        .oauth(
            .refresh,
            "app_not_found",
            "External client app is not installed in this org",
            .reject,
            .appNotInstalled
        ),
        .oauth(
            .refresh,
            "invalid_client",
            "app must be installed into org",
            .reject,
            .appNotInstalled
        ),
        .oauth(
            .refresh,
            "invalid_client",
            "invalid client credentials",
            .operator,
            .providerRejected
        ),
        .oauth(
            .refresh,
            "invalid_client_id",
            "client identifier invalid",
            .operator,
            .providerRejected
        ),
        .oauth(
            .refresh,
            "invalid_grant",
            "no client credentials user enabled",
            .operator,
            .providerRejected
        ),
        .oauth(
            .refresh,
            "unsupported_grant_type",
            "grant type not supported",
            .operator,
            .providerRejected
        ),
        Case(.refresh, 503, "<html>Down for maintenance</html>", retry, .grantAmbiguous),
        Case(.refresh, 420, "", retry, .grantAmbiguous),
        Case(.refresh, 500, "{\"error\":\"unknown_error\"}", retry, .grantAmbiguous),
        Case(.refresh, 429, "", later(30), .rateLimited),
        Case(.refresh, 302, "", .operator, .providerRejected),
        Case(.exchange, 503, "<html>", retry, .providerUnavailable),
        Case(.revoke, 503, "", retry, .providerUnavailable),
    ]

    static let dataCases: [Case] = [
        .rest(401, "INVALID_SESSION_ID", "Session expired or invalid", .refresh, .grantRevoked),
        .rest(
            401,
            "INVALID_SESSION_ID",
            "This session is not valid for use with the REST API",
            .operator,
            .providerRejected
        ),
        .rest(
            401,
            "INVALID_SESSION_ID",
            "Connected app is not attached to Agent",
            .operator,
            .providerRejected
        ),
        .rest(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", .operator, .internal),
        .rest(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "TotalRequests Limit exceeded.",
            .waitForOrganization(until: Fixture.now.advanced(by: 900)),
            .quotaExhausted
        ),
        .rest(
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
            later(5),
            .rateLimited
        ),
        .rest(
            403,
            "API_DISABLED_FOR_ORG",
            "The REST API is not enabled for this Organization.",
            .reject,
            .apiNotEnabled
        ),
        .rest(
            403,
            "API_CURRENTLY_DISABLED",
            "API is disabled for this User",
            .reject,
            .apiNotPermitted
        ),
        .rest(403, "INSUFFICIENT_ACCESS", "-", .reject, .apiNotPermitted),
        .rest(403, "ORG_LOCKED", "-", .reject, .providerRejected),
        .rest(400, "INVALID_FIELD", "No such column 'X'", .reject, .apiNotPermitted),
        .rest(400, "INVALID_TYPE", "sObject type 'Task'", .reject, .apiNotPermitted),
        .rest(400, "MALFORMED_QUERY", "unexpected token", .reject, .internal),
        .rest(400, "INVALID_QUERY_LOCATOR", "invalid", retry, .providerUnavailable),
        .rest(400, "QUERY_TIMEOUT", "too long", later(30), .providerUnavailable),
        .rest(404, "NOT_FOUND", "does not exist", .reject, .providerRejected),
        .rest(410, "GONE", "retired", .operator, .providerRejected),
        .rest(500, "UNKNOWN_EXCEPTION", "ErrorId 1", retry, .providerUnavailable),
        .rest(503, "SERVER_UNAVAILABLE", "maintenance", retry, .providerUnavailable),
        .rest(400, "SOMETHING_NEW", "?", retry, .providerRejected),
        Case(.data, 401, "", .refresh, .grantRevoked),
        Case(.data, 301, "", .refresh, .providerUnavailable),
        Case(.data, 406, "", later(60), .providerUnavailable),
        Case(.data, 420, "<html>We are setting things up...", later(60), .providerUnavailable),
        Case(.data, 414, "<html>", .reject, .internal),
        Case(.data, 431, "", .reject, .internal),
        Case(.data, 429, "", later(30), .rateLimited),
        Case(.data, 502, "<html>", retry, .providerUnavailable),
        Case(
            .data,
            403,
            "[{\"errorCode\":\"NEW\"},{\"errorCode\":\"API_CURRENTLY_DISABLED\"}]",
            .reject,
            .apiNotPermitted
        ),
        Case(.identity, 403, "Bad_OAuth_Token", .refresh, .grantRevoked),
        Case(.identity, 403, "Missing_OAuth_Token", .refresh, .grantRevoked),
        Case(.identity, 403, "Wrong_Org", .reject, .providerRejected),
        Case(.identity, 404, "Bad_Id", .reject, .providerRejected),
        Case(.identity, 403, "Inactive", .reauthorize, .grantRevoked),
        Case(.identity, 302, "", .operator, .providerRejected),
    ]

    @Test(arguments: tokenCases + dataCases)
    func answerHasItsDispositionAndReason(of example: Case) {
        let answer = WireAnswer(status: example.status, body: Data(example.body.utf8))
        let error = ErrorTable.error(for: answer, at: example.endpoint, now: Fixture.now)
        #expect(error.disposition == example.disposition)
        #expect(error.failure.reason == example.reason)
        #expect(error.status == example.status)
        #expect(error.failure.details["code"] == error.code)
    }

    @Test func serverSaysWhenToComeBack() {
        var answer = WireAnswer(status: 503, body: Data())
        answer.retryAfter = .seconds(7)
        let error = ErrorTable.error(for: answer, at: .data, now: Fixture.now)
        #expect(error.disposition == .retry(notBefore: Fixture.now.advanced(by: 7)))
    }

    @Test(arguments: Endpoint.allCases)
    func everythingHasALine(endpoint: Endpoint) {
        for status in [200, 302, 400, 401, 403, 404, 418, 429, 500, 599] {
            let item = ErrorAnswer.Item(code: "NEVER_SEEN", text: "nothing known")
            let row = ErrorTable.row(for: item, at: endpoint, status: status)
            #expect(row.endpoints.contains(endpoint))
        }
    }

    @Test func everyRowTellsAPersonSomething() {
        for row in ErrorTable.rows {
            #expect(row.failure.message.hasSuffix("."))
            #expect(!row.failure.remedy.isEmpty)
            #expect(row.codes.allSatisfy { $0 == $0.lowercased() })
            #expect(row.texts.allSatisfy { $0 == $0.lowercased() })
        }
    }
}
