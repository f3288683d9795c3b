import OrderedCollections

/// Whether a person may let the app in.
enum Admission: Sendable {
    case admitted
    /// Sent back to the app with an error.
    case refused(OAuthError)
    /// Left on a page of Salesforce's own.
    case stranded
}

extension SalesforceState {
    /// What the administrator's policy says to a person at the approval page.
    func admission(of session: BrowserSession) -> Admission {
        guard let organization = organizations[session.organizationID],
            let user = organization.users[session.userID]
        else { return .stranded }
        switch organization.appPolicy {
        case .installed: return .admitted
        case .blocked:
            return .refused(
                OAuthError(code: "OAUTH_APP_BLOCKED", reason: "this app is blocked by admin")
            )
        case .adminApproved where user.appApproved: return .admitted
        case .adminApproved:
            return .refused(
                OAuthError(
                    code: "OAUTH_APP_ACCESS_DENIED",
                    reason: "user is not admin approved to access this app"
                )
            )
        case .notInstalled, .notInstalledSilently:
            if user.isAdministrator { return .admitted }
            guard organization.appPolicy == .notInstalled else { return .stranded }
            return .refused(
                OAuthError(
                    code: "OAUTH_EC_APP_NOT_FOUND",
                    reason: "External client app is not installed in this org"
                )
            )
        }
    }

    /// What the policy says to a token call, nil when nothing.
    func tokenRefusal(_ organizationID: RecordID, _ userID: RecordID) -> OAuthError? {
        let session = BrowserSession(organizationID: organizationID, userID: userID)
        guard case .admitted = admission(of: session) else {
            switch organizations[organizationID]?.appPolicy {
            case .notInstalled, .notInstalledSilently: return .notInstalled
            default: return .notAdminApproved
            }
        }
        return nil
    }

    /// Whether the person has a live approval of the app for this scope.
    func hasApproved(_ session: BrowserSession, _ request: AuthorizationRequest) -> Bool {
        grants.values.contains {
            $0.userID == session.userID && $0.clientID == request.clientID
                && $0.scope == request.scope && $0.revocation == nil
        }
    }

    /// Whether a user exists and may log in.
    func isActive(_ user: RecordID, in organization: RecordID) -> Bool {
        organizations[organization]?.users[user]?.isActive ?? false
    }

    /// Whether a host logs people of an organization in: `test.…` and 127.0.0.2 sandboxes only,
    /// `login.…` and 127.0.0.3 the others only, any other host everyone.
    func accepts(_ host: String?, _ organization: RecordID) -> Bool {
        let isSandbox = organizations[organization]?.isSandbox ?? false
        let name = (host ?? "").prefix { $0 != ":" }
        if name.hasPrefix("test.") || name == "127.0.0.2" { return isSandbox }
        if name.hasPrefix("login.") || name == "127.0.0.3" { return !isSandbox }
        return true
    }
}

extension AuthorizationRequest {
    /// Sends the browser back with an error.
    func redirect(_ error: OAuthError) -> Reply {
        redirect([("error", error.code), ("error_description", error.reason)])
    }

    /// Sends the browser back with fields; `state` comes last.
    func redirect(_ fields: [(String, String)]) -> Reply {
        var all = fields
        if let state { all.append(("state", state)) }
        let query = all.map { "\($0.0)=\(FormFields.encoded($0.1))" }.joined(separator: "&")
        return .redirect(redirectURI + (redirectURI.contains("?") ? "&" : "?") + query)
    }
}

extension Reply {
    /// An error that Salesforce shows on a page of its own.
    static func oauthPage(_ error: OAuthError) -> Reply {
        .html(Page.error(error), status: 400)
    }
}
