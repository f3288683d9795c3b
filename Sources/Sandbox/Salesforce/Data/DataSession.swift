import OrderedCollections

/// The caller of a data call, once let in.
struct DataSession: Sendable {
    let organizationID: RecordID
    let userID: RecordID
    let clientID: String
    /// Sees every record, not only their own.
    let seesAll: Bool

    /// The only owner whose tasks the caller sees, nil for all.
    var visibleOwner: RecordID? { seesAll ? nil : userID }
}

extension SalesforceState {
    /// Lets a data call in and counts it, or says why not.
    mutating func openDataSession(
        _ authorization: String?,
        readsOrganization: Bool
    ) throws(DataError) -> DataSession {
        guard let authorization else { throw .invalidSession }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, ["bearer", "oauth"].contains(parts[0].lowercased()) else {
            throw .invalidHeader
        }
        guard let session = touch(String(parts[1])),
            let organization = organizations[session.organizationID],
            let user = organization.users[session.userID], user.isActive
        else { throw .invalidSession }
        guard organization.apiEnabled || readsOrganization && organization.organizationQueryable
        else { throw .disabledForOrganization }
        guard user.apiEnabled else { throw .disabledForUser }
        try count(session.organizationID)
        return DataSession(
            organizationID: session.organizationID,
            userID: session.userID,
            clientID: session.clientID,
            seesAll: user.isAdministrator
        )
    }

    /// The session of a live access token, kept alive by being used.
    mutating func touch(_ token: String) -> AccessToken? {
        guard var session = accessTokens[token], session.expiresAt > now else { return nil }
        let timeout = organizations[session.organizationID]?.sessionTimeout ?? 7200
        if settings.slidingSessions, session.expiresAt < now.advanced(by: timeout / 2) {
            session.expiresAt = now.advanced(by: timeout)
            accessTokens[token] = session
        }
        return session
    }

    /// What `Sforce-Limit-Info` says, nil where no organization is known.
    mutating func limitInfo(_ authorization: String?) -> String? {
        guard let token = authorization?.split(separator: " ").last,
            let id = accessTokens[String(token)]?.organizationID,
            let limit = organizations[id]?.dailyLimit,
            let used = organizations[id]?.usage.used(at: now)
        else { return nil }
        let appLimit = organizations[id]?.appLimit
        let perApp = appLimit.map { "; per-app-api-usage=\(used)/\($0)(appName=integration)" }
        return "api-usage=\(used)/\(limit)" + (perApp ?? "")
    }

    private mutating func count(_ id: RecordID) throws(DataError) {
        let used = organizations[id]?.usage.used(at: now) ?? 0
        let limit = organizations[id].map { min($0.dailyLimit, $0.appLimit ?? .max) } ?? 0
        guard used < limit else { throw .dailyLimit }
        organizations[id]?.usage.count(at: now)
    }
}
