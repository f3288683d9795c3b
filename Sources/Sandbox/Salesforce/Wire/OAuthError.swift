/// The refusal of an OAuth call: `error` and `error_description`.
struct OAuthError: Error, Sendable {
    let code: String
    let reason: String

    static let expiredToken = OAuthError(
        code: "invalid_grant",
        reason: "expired access/refresh token"
    )
    static let alreadyProcessed = OAuthError(
        code: "invalid_grant",
        reason: "token request is already being processed"
    )
    static let expiredCode = OAuthError(
        code: "invalid_grant",
        reason: "expired authorization code"
    )
    static let invalidCode = OAuthError(
        code: "invalid_grant",
        reason: "invalid authorization code"
    )
    static let authenticationFailure = OAuthError(
        code: "invalid_grant",
        reason: "authentication failure"
    )
    static let inactiveUser = OAuthError(code: "inactive_user", reason: "user is inactive")
    static let notApproved = OAuthError(
        code: "invalid_grant",
        reason: "user hasn't approved this consumer"
    )
    static let invalidAssertion = OAuthError(code: "invalid_grant", reason: "invalid assertion")
    static let audience = OAuthError(
        code: "invalid_grant",
        reason: "Audience validation failed"
    )
    static let notAdminApproved = OAuthError(
        code: "invalid_app_access",
        reason: "user is not admin approved to access this app"
    )
    static let notInstalled = OAuthError(
        code: "app_not_found",
        reason: "External client app is not installed in this org"
    )
    static let invalidClient = OAuthError(
        code: "invalid_client",
        reason: "invalid client credentials"
    )
    static let invalidClientID = OAuthError(
        code: "invalid_client_id",
        reason: "client identifier invalid"
    )
    static let unsupportedGrantType = OAuthError(
        code: "unsupported_grant_type",
        reason: "grant type not supported"
    )
    static let redirectMismatch = OAuthError(
        code: "redirect_uri_mismatch",
        reason: "redirect_uri must match configuration"
    )
    static let missingVerifier = OAuthError(
        code: "invalid_grant",
        reason: "code verifier required"
    )
    static let invalidVerifier = OAuthError(
        code: "invalid_request",
        reason: "invalid code verifier"
    )

    /// A request that lacks something or has too much.
    static func invalidRequest(_ reason: String) -> OAuthError {
        OAuthError(code: "invalid_request", reason: reason)
    }
}
