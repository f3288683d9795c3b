import OrderedCollections

/// How approvals are given, rotated, evicted and killed.
extension SalesforceState {
    /// Spends an authorization code, or says why it is worth nothing.
    mutating func spend(
        code text: String,
        redirectURI: String?,
        verifier: String?,
        challenge: String?
    ) throws(OAuthError) -> AuthorizationCode {
        guard let code = codes[text] else { throw .invalidCode }
        guard !code.isUsed, code.expiresAt > now else { throw .expiredCode }
        guard code.request.redirectURI == redirectURI else { throw .redirectMismatch }
        if let wanted = code.request.challenge {
            guard let verifier else { throw .missingVerifier }
            guard (43...128).contains(verifier.utf8.count), wanted == challenge else {
                throw .invalidVerifier
            }
        }
        if let refusal = tokenRefusal(code.organizationID, code.userID) { throw refusal }
        guard isActive(code.userID, in: code.organizationID) else { throw .inactiveUser }
        codes[text]?.isUsed = true
        return code
    }

    /// Makes the approval of a spent code; one too many evicts the user's oldest for this app.
    mutating func grant(_ code: AuthorizationCode) -> IssuedToken {
        let scopes = Set(code.request.scope.split(separator: " "))
        let keepsAlive = scopes.contains("refresh_token") || scopes.contains("offline_access")
        let grant = Grant(
            id: makeNumber(),
            organizationID: code.organizationID,
            userID: code.userID,
            clientID: code.request.clientID,
            scope: code.request.scope,
            issuedAt: now,
            lastUsed: now,
            refreshToken: keepsAlive ? TokenText.refreshToken() : nil
        )
        grants[grant.id] = grant
        if let token = grant.refreshToken {
            refreshTokens[token] = grant.id
            secrets.note(token)
            evict(beside: grant)
        }
        return issue(grant)
    }

    /// The token of an assertion: the user must have approved the app, or an administrator for them.
    mutating func grant(
        toUsername username: String,
        clientID: String,
        host: String?
    ) throws(OAuthError) -> IssuedToken {
        guard let (organization, user) = user(named: username), user.isActive,
            accepts(host, organization)
        else { throw .notApproved }
        let hasGrant = grants.values.contains {
            $0.userID == user.id && $0.clientID == clientID && $0.revocation == nil
        }
        guard hasGrant || user.appApproved else { throw .notApproved }
        if let refusal = tokenRefusal(organization, user.id) { throw refusal }
        let grant = Grant(
            id: makeNumber(),
            organizationID: organization,
            userID: user.id,
            clientID: clientID,
            scope: "api id",
            issuedAt: now,
            lastUsed: now,
            refreshToken: nil
        )
        grants[grant.id] = grant
        return issue(grant)
    }

    /// Takes up a refresh; reusing a rotated token kills the grant, a wrong host does not know it.
    mutating func beginRefresh(_ token: String, host: String?) throws(OAuthError) -> Int {
        guard let id = refreshTokens[token], let grant = grants[id],
            accepts(host, grant.organizationID)
        else { throw .expiredToken }
        if grant.revocation == .passwordChanged { throw .authenticationFailure }
        guard grant.revocation == nil else { throw .expiredToken }
        if grant.isRefreshing { throw .alreadyProcessed }
        guard grant.refreshToken == token else {
            revoke(id, because: .reused)
            throw .expiredToken
        }
        guard grant.lastUsed.advanced(by: settings.refreshTokenIdleDays * 86_400) > now else {
            revoke(id, because: .idle)
            throw .expiredToken
        }
        guard isActive(grant.userID, in: grant.organizationID) else { throw .inactiveUser }
        if let refusal = tokenRefusal(grant.organizationID, grant.userID) { throw refusal }
        grants[id]?.isRefreshing = true
        return id
    }

    /// Ends a refresh: a new access token, and with rotation a new refresh token.
    mutating func finishRefresh(_ id: Int, _ token: String) throws(OAuthError) -> IssuedToken {
        grants[id]?.isRefreshing = false
        guard var grant = grants[id], grant.revocation == nil else { throw .expiredToken }
        grant.lastUsed = now
        if settings.refreshTokenRotation {
            let next = TokenText.refreshToken()
            grant.refreshToken = next
            refreshTokens[next] = id
            secrets.note(next)
        }
        grants[id] = grant
        return issue(grant)
    }

    /// Revokes a grant with all its tokens.
    mutating func revoke(_ id: Int, because reason: Grant.Revocation) {
        guard grants[id]?.revocation == nil else { return }
        grants[id]?.revocation = reason
        grants[id]?.isRefreshing = false
        accessTokens = accessTokens.filter { $0.value.grantID != id }
    }

    private mutating func evict(beside grant: Grant) {
        let live = grants.values.filter {
            $0.userID == grant.userID && $0.clientID == grant.clientID
                && $0.refreshToken != nil && $0.revocation == nil
        }
        for old in live.dropLast(settings.approvalsPerUser) {
            revoke(old.id, because: .evicted)
        }
    }

    private mutating func issue(_ grant: Grant) -> IssuedToken {
        let organization = organizations[grant.organizationID]
        let token = TokenText.accessToken(for: grant.organizationID)
        secrets.note(token)
        accessTokens[token] = AccessToken(
            grantID: grant.id,
            organizationID: grant.organizationID,
            userID: grant.userID,
            clientID: grant.clientID,
            scope: grant.scope,
            issuedAt: now,
            expiresAt: now.advanced(by: organization?.sessionTimeout ?? 7200)
        )
        return IssuedToken(
            accessToken: token,
            refreshToken: grant.refreshToken,
            organizationID: grant.organizationID,
            userID: grant.userID,
            scope: grant.scope,
            instanceURL: organization?.instanceURL,
            issuedAt: now
        )
    }
}
