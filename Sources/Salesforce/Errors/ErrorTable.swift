import Domain
import FoundationEssentials

/// Every error this service understands: where it comes from, what it says, what is done about it.
///
/// The first row that fits decides. What no row names is tried again within the caller's bounds and
/// reported, never guessed.
enum ErrorTable {
    /// What is done about an error; the caller's clock makes instants of the durations.
    enum Action: Hashable, Sendable {
        case retry
        case retryAfter(Duration)
        case waitForOrganization(Duration)
        case refresh, reauthorize, reject, `operator`
    }

    /// One line of the table; what is left out fits everything.
    struct Row: Sendable {
        var endpoints: Set<Endpoint>
        var statuses: [ClosedRange<Int>] = []
        /// Lower case.
        var codes: Set<String> = []
        /// Lower case; one of them is in the text.
        var texts: [String] = []
        var action: Action
        var failure: Failure
        /// Whether a code or a refresh token that was sent may be spent.
        var isOutcomeUnknown = false

        func fits(_ endpoint: Endpoint, _ status: Int?, _ item: ErrorAnswer.Item) -> Bool {
            endpoints.contains(endpoint)
                && (statuses.isEmpty
                    || statuses.contains { range in status.map(range.contains) ?? false })
                && (codes.isEmpty || item.code.map { codes.contains($0.lowercased()) } ?? false)
                && (texts.isEmpty || texts.contains { item.text.contains($0) })
        }
    }

    static let rows =
        refusals + codes + grants + assertions + clients + identities + sessions + data + statuses

    private static func when(
        _ endpoints: Set<Endpoint>,
        _ codes: Set<String> = [],
        status: [ClosedRange<Int>] = [],
        texts: [String] = [],
        _ action: Action,
        _ failure: Failure,
        isOutcomeUnknown: Bool = false
    ) -> Row {
        Row(
            endpoints: endpoints,
            statuses: status,
            codes: codes,
            texts: texts,
            action: action,
            failure: failure,
            isOutcomeUnknown: isOutcomeUnknown
        )
    }

    private static let token: Set<Endpoint> = [.exchange, .refresh, .assertion]
    private static let app = token.union([.authorize])
    private static let oauth = token.union([.revoke])
    private static let all = Set(Endpoint.allCases)

    /// The app and its users' leave to use it: at the log-in page and at the token endpoint alike.
    private static let refusals = [
        when([.authorize], ["access_denied", "access-denied"], .reject, .denied),
        when(app, ["oauth_app_blocked"], .reject, .appBlocked),
        when(app, texts: ["blocked by admin"], .reject, .appBlocked),
        when(app, ["oauth_app_access_denied", "invalid_app_access"], .reject, .appNotApproved),
        when(app, texts: ["not admin approved"], .reject, .appNotApproved),
        when(
            app,
            ["oauth_ec_app_not_found", "app_not_found", "oauth_approval_error_generic"],
            .reject,
            .appNotInstalled
        ),
        when(app, ["invalid_client"], texts: ["must be installed"], .reject, .appNotInstalled),
    ]

    /// A code that is not taken: only a new one helps.
    private static let codes = [
        when([.exchange], ["invalid_grant"], texts: ["ip restricted"], .operator, .ipRestricted),
        when([.exchange], ["invalid_grant", "invalid_request"], .reject, .codeRejected),
        when(token, ["inactive_user", "inactive_org"], .reauthorize, .userInactive),
    ]

    /// A refresh token that is not taken.
    private static let grants = [
        when(
            [.refresh],
            ["invalid_grant"],
            // The second is what the same race was called before September 2024.
            texts: ["already being processed", "expired authorization code"],
            .retryAfter(.seconds(2)),
            .refreshRace
        ),
        when([.refresh], ["invalid_grant"], texts: ["ip restricted"], .operator, .ipRestricted),
        when(
            [.refresh],
            ["invalid_grant"],
            texts: ["expired access/refresh token", "authentication failure"],
            .reauthorize,
            .grantRevoked
        ),
        when(
            [.refresh],
            ["invalid_grant"],
            texts: ["user hasn't approved", "no client credentials", "audience validation"],
            .operator,
            .appMisconfigured
        ),
        when([.refresh], ["invalid_grant"], .retry, .grantRevoked),
    ]

    /// An assertion that is not taken; it spends nothing, so what is not named is tried again.
    private static let assertions = [
        when(
            [.assertion],
            ["invalid_grant"],
            texts: ["user hasn't approved this consumer"],
            .reject,
            .assertionNotApproved
        ),
        when([.assertion], ["invalid_grant"], texts: ["ip restricted"], .operator, .ipRestricted),
        when(
            [.assertion],
            ["invalid_grant"],
            texts: ["authentication failure"],
            .reauthorize,
            .grantRevoked
        ),
        when(
            [.assertion],
            ["invalid_grant", "invalid_request"],
            texts: ["audience", "assertion"],
            .operator,
            .assertionNotAccepted
        ),
        when([.assertion], ["invalid_grant"], .retry, .grantRevoked),
    ]

    /// This service's own configuration.
    private static let clients = [
        when(
            oauth,
            [
                "invalid_client", "invalid_client_id", "invalid_client_credentials",
                "unauthorized_client", "unsupported_grant_type", "redirect_uri_mismatch",
                "invalid_request", "invalid_scope",
            ],
            .operator,
            .appMisconfigured
        ),
        when(oauth, ["rate_limit_exceeded"], .retryAfter(.seconds(30)), .tooManyCalls),
        when(oauth, status: [300...399], .operator, .hostNotAllowed),
    ]

    private static let identities = [
        when([.identity], ["bad_oauth_token", "missing_oauth_token"], .refresh, .grantRevoked),
        when([.identity], ["inactive"], .reauthorize, .userInactive),
        when([.identity], ["wrong_org", "bad_id"], .reject, .refused),
        when([.identity], status: [401...401], .refresh, .grantRevoked),
        when([.identity], status: [300...399], .operator, .hostNotAllowed),
    ]

    private static let sessions = [
        when(
            [.data],
            status: [401...401],
            texts: ["not valid for use with the rest api", "not attached to agent"],
            .operator,
            .sessionNotForAPI
        ),
        when([.data], ["invalid_auth_header"], .operator, .malformedRequest),
        when([.data], ["invalid_session_id"], .refresh, .grantRevoked),
        when([.data], status: [401...401], .refresh, .grantRevoked),
        // An organization that moved tells its new instance with the next access token.
        when([.data], status: [300...399], .refresh, .unavailable),
    ]

    private static let data = [
        when(
            [.data],
            ["request_limit_exceeded"],
            texts: ["concurrent"],
            .retryAfter(.seconds(5)),
            .tooManyCalls
        ),
        when([.data], ["request_limit_exceeded"], .waitForOrganization(.seconds(900)), .dailyLimit),
        when([.data], ["api_disabled_for_org"], .reject, EditionAdvice.failure(edition: nil)),
        when([.data], ["api_currently_disabled"], .reject, .apiNotPermitted),
        when([.data], ["insufficient_access"], .reject, .apiNotPermitted),
        when([.data], ["functionality_not_enabled", "org_locked"], .reject, .refused),
        when([.data], ["invalid_type", "invalid_field"], .reject, .tasksNotReadable),
        when([.data], ["txn_security_metering_error"], .reject, .securityPolicy),
        when(
            [.data],
            [
                "malformed_query", "malformed_id", "invalid_query_filter_operator",
                "exceeded_id_limit", "operation_too_large",
            ],
            .reject,
            .malformedRequest
        ),
        when([.data], locatorCodes, .retry, .unavailable),
        when([.data], ["query_timeout"], .retryAfter(.seconds(30)), .unavailable),
        when([.data], status: [410...410], .operator, .versionRetired),
        when([.data], status: [404...404], .reject, .refused),
        when([.data], status: [414...414, 431...431], .reject, .malformedRequest),
    ]

    /// A query's continuation that is no longer there: the keyset goes on where it was.
    static let locatorCodes: Set<String> = [
        "invalid_query_locator", "invalid_query_locator_format",
        "locator_location_exceeds_size", "query_locator_expired",
    ]

    /// What is left: overload, the edge and outages.
    ///
    /// A refresh or an exchange may have happened all the same.
    private static let statuses = [
        Row(endpoints: [.authorize], action: .reject, failure: .refused),
        when(
            [.refresh],
            status: [406...406, 420...420, 500...599],
            .retry,
            .refreshUnknown,
            isOutcomeUnknown: true
        ),
        when(
            [.exchange],
            status: [406...406, 420...420, 500...599],
            .retry,
            .codeUnanswered,
            isOutcomeUnknown: true
        ),
        when(all, status: [429...429], .retryAfter(.seconds(30)), .tooManyCalls),
        when(all, status: [406...406, 420...420], .retryAfter(.seconds(60)), .unavailable),
        when(all, status: [500...599], .retry, .unavailable),
        Row(endpoints: all, action: .retry, failure: .refused),
    ]
}
