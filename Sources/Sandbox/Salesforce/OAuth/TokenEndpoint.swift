#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `POST /services/oauth2/token`.
struct TokenEndpoint: Sendable {
    let shared: SharedState

    /// Answers one token call.
    func reply(to request: WireRequest) async -> Reply {
        let form = request.form
        do throws(OAuthError) {
            switch form["grant_type"] {
            case "authorization_code":
                try authenticate(form, request.authorization)
                return answer(try exchange(form), withRefreshToken: true)
            case "refresh_token":
                try authenticate(form, request.authorization)
                return try await refresh(form, host: request.host)
            case "urn:ietf:params:oauth:grant-type:jwt-bearer":
                return answer(
                    try assertion(form, host: request.host),
                    withRefreshToken: false
                )
            default: throw .unsupportedGrantType
            }
        } catch {
            return .tokenError(error)
        }
    }

    /// Checks the app's own id and secret, from the form or from HTTP Basic.
    private func authenticate(_ form: FormFields, _ authorization: String?) throws(OAuthError) {
        var id = form["client_id"]
        var secret = form["client_secret"]
        if let basic = authorization, basic.hasPrefix("Basic "),
            let data = Data(base64Encoded: String(basic.dropFirst(6)))
        {
            let parts = String(decoding: data, as: UTF8.self)
                .split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            id = parts.first.map { FormFields.decoded($0.utf8) }
            secret = parts.count > 1 ? FormFields.decoded(parts[1].utf8) : nil
        }
        let app = shared.withState { $0.app }
        guard id == app.clientID else { throw .invalidClientID }
        guard secret == app.clientSecret else { throw .invalidClient }
    }

    private func exchange(_ form: FormFields) throws(OAuthError) -> IssuedToken {
        guard let text = form.text("code") else { throw .invalidRequest("missing code") }
        let verifier = form.text("code_verifier").map {
            (text: $0, challenge: TokenText.challenge(for: $0))
        }
        return try shared.withState { state in
            Result { () throws(OAuthError) in
                let code = try state.spend(
                    code: text,
                    redirectURI: form["redirect_uri"],
                    verifier: verifier?.text,
                    challenge: verifier?.challenge
                )
                return state.grant(code)
            }
        }.get()
    }

    /// Refreshes; where a refresh takes time, a second one meanwhile is refused.
    private func refresh(_ form: FormFields, host: String?) async throws(OAuthError) -> Reply {
        guard form["scope"] == nil else {
            throw .invalidRequest("scope parameter not supported")
        }
        guard let token = form.text("refresh_token") else {
            throw .invalidRequest("missing refresh token")
        }
        let begun = try shared.withState { state in
            Result { () throws(OAuthError) in
                (try state.beginRefresh(token, host: host), state.settings.refreshMilliseconds)
            }
        }.get()
        if begun.1 > 0 { await pause(milliseconds: begun.1) }
        let finished = try shared.withState { state in
            Result { () throws(OAuthError) in
                (try state.finishRefresh(begun.0, token), state.settings.refreshTokenRotation)
            }
        }.get()
        return answer(finished.0, withRefreshToken: finished.1)
    }

    private func pause(milliseconds: Int) async {
        do {
            try await ContinuousClock().sleep(for: .milliseconds(milliseconds))
        } catch {
            // Shutting down: the answer goes out early.
        }
    }

    /// A signed assertion; its signature is verified where a public key has been set.
    private func assertion(_ form: FormFields, host: String?) throws(OAuthError) -> IssuedToken {
        guard let text = form.text("assertion"), let assertion = JWTAssertion(text) else {
            throw .invalidRequest("invalid assertion")
        }
        let claims = assertion.claims
        let audiences = [
            shared.baseURL, "http://\(host ?? "")", "https://login.salesforce.com",
            "https://test.salesforce.com",
        ]
        guard audiences.contains(claims.aud) else { throw .audience }
        return try shared.withState { state in
            Result { () throws(OAuthError) in
                guard claims.iss == state.app.clientID else { throw .invalidClientID }
                if let key = state.settings.jwtPublicKey, !assertion.isSigned(by: key) {
                    throw .invalidAssertion
                }
                let now = state.now.seconds
                guard claims.exp > now - 180, claims.exp <= now + 360 else {
                    throw OAuthError(code: "invalid_grant", reason: "expired assertion")
                }
                if let organization = state.user(named: claims.sub)?.organization,
                    !state.accepts(assertion.audienceHost, organization)
                {
                    throw .audience
                }
                return try state.grant(
                    toUsername: claims.sub,
                    clientID: claims.iss,
                    host: host
                )
            }
        }.get()
    }

    private func answer(_ issued: IssuedToken, withRefreshToken: Bool) -> Reply {
        let base = shared.baseURL
        let id = "\(base)/id/\(issued.organizationID.text)/\(issued.userID.text)"
        let issuedAt = String(issued.issuedAt.seconds * 1000)
        var members: [(String, JSONValue)] = [("access_token", .string(issued.accessToken))]
        if withRefreshToken, let token = issued.refreshToken {
            members.append(("refresh_token", .string(token)))
        }
        let signature = TokenText.signature(
            id + issuedAt,
            secret: shared.withState { $0.app.clientSecret }
        )
        members += [
            ("signature", .string(signature)), ("scope", .string(issued.scope)),
            ("instance_url", .string(issued.instanceURL ?? base)), ("id", .string(id)),
            ("token_type", "Bearer"), ("issued_at", .string(issuedAt)),
        ]
        return .json(.object(members)).with("Cache-Control", "no-store")
    }
}

/// What a token call gave out.
struct IssuedToken: Sendable {
    let accessToken: String
    let refreshToken: String?
    let organizationID: RecordID
    let userID: RecordID
    let scope: String
    let instanceURL: String?
    let issuedAt: Moment
}
