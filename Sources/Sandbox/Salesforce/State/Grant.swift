/// One approval: what one code exchange gave one app for one user.
struct Grant: Sendable {
    let id: Int
    let organizationID: RecordID
    let userID: RecordID
    let clientID: String
    let scope: String
    let issuedAt: Moment
    var lastUsed: Moment
    /// The refresh token that works now, nil when the scope asked for none.
    var refreshToken: String?
    /// Whether a refresh is under way.
    var isRefreshing = false
    /// Why it no longer works.
    var revocation: Revocation?

    /// Why a grant no longer works.
    enum Revocation: String, Sendable {
        case revoked, evicted, reused, idle, passwordChanged, appRotated
    }
}

/// A session that an access token stands for.
struct AccessToken: Sendable {
    let grantID: Int
    let organizationID: RecordID
    let userID: RecordID
    let clientID: String
    let scope: String
    let issuedAt: Moment
    var expiresAt: Moment
}

/// What an authorization code stands for until it is exchanged.
struct AuthorizationCode: Sendable {
    let request: AuthorizationRequest
    let organizationID: RecordID
    let userID: RecordID
    let expiresAt: Moment
    var isUsed = false
}

/// A validated request to the authorization endpoint.
struct AuthorizationRequest: Sendable {
    let clientID: String
    let redirectURI: String
    let scope: String
    let state: String?
    let challenge: String?
    let prompt: Set<String>
    let loginHint: String?
    let nonce: String?
    let host: String?
}
