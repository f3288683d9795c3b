import OrderedCollections

/// `GET /id/{organization}/{user}` and `GET /services/oauth2/userinfo`.
///
/// Neither is a data call: they answer in every edition and count for nothing.
struct IdentityEndpoint: Sendable {
    let shared: SharedState

    /// The identity behind an `id` URL; its refusals are plain text.
    func identity(_ request: WireRequest) -> Reply {
        guard let token = bearer(request) else { return .text("Missing_OAuth_Token", status: 403) }
        guard request.segments.count == 3, let organization = RecordID(request.segments[1]),
            let user = RecordID(request.segments[2])
        else { return .text("Bad_Id", status: 404) }
        guard let (session, found) = session(token) else {
            return .text("Bad_OAuth_Token", status: 403)
        }
        guard session.organizationID == organization else {
            return .text("Wrong_Org", status: 403)
        }
        guard session.userID == user else { return .text("Bad_Id", status: 404) }
        return .json(describe(session, found))
    }

    /// The OpenID Connect answer.
    func userinfo(_ request: WireRequest) -> Reply {
        guard let token = bearer(request) else { return .text("Missing_OAuth_Token", status: 403) }
        guard let (session, user) = session(token) else {
            return .text("Bad_OAuth_Token", status: 403)
        }
        let scopes = Set(session.scope.split(separator: " "))
        guard !scopes.isDisjoint(with: ["openid", "id", "full"]) else {
            return .text("insufficient_scope", status: 403)
        }
        return .json([
            "sub": .string(idURL(session)), "user_id": .string(session.userID.text),
            "organization_id": .string(session.organizationID.text),
            "preferred_username": .string(user.username), "nickname": .string(user.firstName),
            "name": .string(user.displayName), "email": .string(user.email),
            "email_verified": true, "given_name": .string(user.firstName),
            "family_name": .string(user.lastName), "zoneinfo": "America/Los_Angeles",
            "active": .flag(user.isActive), "user_type": "STANDARD", "language": "en_US",
            "locale": "en_US", "utcOffset": -28_800_000,
        ])
    }

    private func describe(_ session: AccessToken, _ user: SalesforceUser) -> JSONValue {
        let instance = shared.withState {
            $0.organizations[session.organizationID]?.instanceURL
        }
        let base = instance ?? shared.baseURL
        let soap = "\(base)/services/Soap"
        let rest = "\(base)/services/data/v{version}/"
        let pod = session.organizationID.text.prefix(15)
        return [
            "id": .string(idURL(session)), "asserted_user": true,
            "user_id": .string(session.userID.text),
            "organization_id": .string(session.organizationID.text),
            "username": .string(user.username), "nick_name": .string(user.firstName),
            "display_name": .string(user.displayName), "email": .string(user.email),
            "email_verified": true, "first_name": .string(user.firstName),
            "last_name": .string(user.lastName), "timezone": "America/Los_Angeles",
            "photos": [
                "picture": .string("\(base)/profilephoto/005/F"),
                "thumbnail": .string("\(base)/profilephoto/005/T"),
            ],
            "addr_street": .null, "addr_city": .null, "addr_state": .null,
            "addr_country": .null, "addr_zip": .null, "mobile_phone": .null,
            "mobile_phone_verified": false, "is_lightning_login_user": false,
            "status": ["created_date": .null, "body": .null],
            "urls": [
                "enterprise": .string("\(soap)/c/{version}/\(pod)"),
                "metadata": .string("\(soap)/m/{version}/\(pod)"),
                "partner": .string("\(soap)/u/{version}/\(pod)"),
                "rest": .string(rest), "sobjects": .string("\(rest)sobjects/"),
                "search": .string("\(rest)search/"), "query": .string("\(rest)query/"),
            ],
            "active": .flag(user.isActive), "user_type": "STANDARD", "language": "en_US",
            "locale": "en_US", "utcOffset": -28_800_000,
            "last_modified_date": .string(user.createdDate.text),
        ]
    }

    private func idURL(_ session: AccessToken) -> String {
        "\(shared.baseURL)/id/\(session.organizationID.text)/\(session.userID.text)"
    }

    private func bearer(_ request: WireRequest) -> String? {
        let parts = (request.authorization ?? "").split(separator: " ", maxSplits: 1)
        if parts.count == 2, ["bearer", "oauth"].contains(parts[0].lowercased()) {
            return String(parts[1])
        }
        return request.query.text("access_token") ?? request.query.text("oauth_token")
    }

    private func session(_ token: String) -> (AccessToken, SalesforceUser)? {
        shared.withState { state in
            guard let session = state.touch(token),
                let user = state.organizations[session.organizationID]?.users[session.userID],
                user.isActive
            else { return nil }
            return (session, user)
        }
    }
}
