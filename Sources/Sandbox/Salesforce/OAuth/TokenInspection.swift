import OrderedCollections

/// `POST /services/oauth2/revoke` and `POST /services/oauth2/introspect`.
struct TokenInspection: Sendable {
    let shared: SharedState

    /// Revokes a refresh token with its access tokens, or one access token alone.
    func revoke(_ request: WireRequest) -> Reply {
        guard let token = request.form.text("token") ?? request.query.text("token") else {
            return .tokenError(.invalidRequest("missing token"))
        }
        return shared.withState { state in
            if state.accessTokens.removeValue(forKey: token) != nil { return .empty() }
            guard let id = state.refreshTokens[token], state.grants[id]?.revocation == nil else {
                return .tokenError(OAuthError(code: "invalid_token", reason: "invalid token"))
            }
            state.revoke(id, because: .revoked)
            return .empty()
        }
    }

    /// Says whether a token is alive and whose it is.
    func introspect(_ request: WireRequest) -> Reply {
        let form = request.form
        let app = shared.withState { $0.app }
        guard form["client_id"] == app.clientID, form["client_secret"] == app.clientSecret
        else { return .tokenError(.invalidClient) }
        let token = form["token"] ?? ""
        let base = shared.baseURL
        return shared.withState { state in
            let access = state.accessTokens[token].flatMap { $0.expiresAt > state.now ? $0 : nil }
            let grant = (access?.grantID ?? state.refreshTokens[token]).flatMap { state.grants[$0] }
            guard let grant, grant.revocation == nil,
                access != nil || grant.refreshToken == token,
                let user = state.organizations[grant.organizationID]?.users[grant.userID]
            else { return .json(["active": false]) }
            let issued = access?.issuedAt ?? grant.issuedAt
            let expires =
                access?.expiresAt
                ?? grant.lastUsed.advanced(by: state.settings.refreshTokenIdleDays * 86_400)
            return .json([
                "active": true, "scope": .string(grant.scope),
                "client_id": .string(grant.clientID), "username": .string(user.username),
                "sub": .string("\(base)/id/\(grant.organizationID.text)/\(grant.userID.text)"),
                "token_type": .string(access == nil ? "refresh_token" : "access_token"),
                "exp": .integer(expires.seconds), "iat": .integer(issued.seconds),
                "nbf": .integer(issued.seconds),
            ])
        }
    }
}
