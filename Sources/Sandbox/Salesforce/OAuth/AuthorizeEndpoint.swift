import OrderedCollections

/// `GET /services/oauth2/authorize` and the two pages behind it.
struct AuthorizeEndpoint: Sendable {
    let shared: SharedState
    static let cookieName = "sim_sid"

    /// Answers a browser.
    func reply(to request: WireRequest) -> Reply {
        switch (request.method, request.segments.dropFirst(3).first) {
        case ("GET", nil): authorize(request)
        case ("POST", "login"): login(request)
        case ("GET", "approve"): approval(request)
        case ("POST", "approve"): decide(request)
        default: .text("Not found", status: 404)
        }
    }

    private func authorize(_ request: WireRequest) -> Reply {
        let query = request.query
        let configuration = shared.configuration
        let clientID = shared.withState { $0.app.clientID }
        guard query["client_id"] == clientID else {
            return .oauthPage(.invalidClientID)
        }
        guard let redirect = query["redirect_uri"], configuration.redirectURIs.contains(redirect)
        else { return .oauthPage(.redirectMismatch) }
        guard query["response_type"] == "code" else {
            return .oauthPage(
                OAuthError(
                    code: "unsupported_response_type",
                    reason: "response type not supported"
                )
            )
        }
        let wanted = AuthorizationRequest(
            clientID: clientID,
            redirectURI: redirect,
            scope: query.text("scope") ?? "api id refresh_token",
            state: query["state"],
            challenge: query.text("code_challenge"),
            prompt: Set((query["prompt"] ?? "").split(separator: " ").map(String.init)),
            loginHint: query.text("login_hint"),
            nonce: query.text("nonce"),
            host: request.host
        )
        if let error = refusal(of: wanted, method: query["code_challenge_method"]) {
            return wanted.redirect(error)
        }
        return start(wanted, cookie: request.cookie, isImmediate: query["immediate"] == "true")
    }

    private func refusal(of request: AuthorizationRequest, method: String?) -> OAuthError? {
        guard let challenge = request.challenge else {
            return shared.withState { $0.settings.requiresPKCE }
                ? .invalidRequest("missing required code challenge") : nil
        }
        guard method == nil || method == "S256" else {
            return .invalidRequest("invalid code challenge method")
        }
        guard challenge.utf8.count == 43 else { return .invalidRequest("invalid code challenge") }
        return nil
    }

    /// Goes on with an existing browser session, or asks who it is.
    private func start(
        _ wanted: AuthorizationRequest,
        cookie: String?,
        isImmediate: Bool
    ) -> Reply {
        let handle = TokenText.handle()
        let session = wanted.prompt.contains("login") ? nil : browserSession(cookie)
        guard let session else {
            guard !isImmediate else {
                return wanted.redirect(
                    OAuthError(code: "immediate_unsuccessful", reason: "user is not logged in")
                )
            }
            shared.withState { $0.pendingRequests[handle] = wanted }
            return loginPage(handle, wanted, problem: nil)
        }
        shared.withState { $0.pendingRequests[handle] = wanted }
        return proceed(handle, wanted, session)
    }

    private func login(_ request: WireRequest) -> Reply {
        let form = request.form
        guard let handle = form["request"],
            let wanted = shared.withState({ $0.pendingRequests[handle] })
        else { return .oauthPage(.invalidRequest("this log-in page is no longer valid")) }
        let found = shared.withState { $0.user(named: form["username"] ?? "") }
        guard let found, found.user.isActive, let password = form["password"], !password.isEmpty,
            shared.withState({ $0.accepts(wanted.host, found.organization) })
        else {
            return loginPage(
                handle,
                wanted,
                problem: "Please check your username and password. If you still can't log in, "
                    + "contact your Salesforce administrator."
            )
        }
        let session = BrowserSession(
            organizationID: found.organization,
            userID: found.user.id
        )
        let cookie = TokenText.handle()
        shared.withState { $0.browserSessions[cookie] = session }
        return Reply.redirect("/services/oauth2/authorize/approve?request=\(handle)", status: 303)
            .with("Set-Cookie", "\(Self.cookieName)=\(cookie); Path=/; HttpOnly; SameSite=Lax")
    }

    private func approval(_ request: WireRequest) -> Reply {
        guard let handle = request.query["request"],
            let wanted = shared.withState({ $0.pendingRequests[handle] }),
            let session = browserSession(request.cookie)
        else { return .oauthPage(.invalidRequest("this page is no longer valid")) }
        return proceed(handle, wanted, session)
    }

    /// Refuses what the administrator's policy refuses, skips the question where it was answered.
    private func proceed(
        _ handle: String,
        _ wanted: AuthorizationRequest,
        _ session: BrowserSession
    ) -> Reply {
        switch shared.withState({ $0.admission(of: session) }) {
        case .refused(let error):
            shared.withState { $0.pendingRequests[handle] = nil }
            return wanted.redirect(error)
        case .stranded:
            shared.withState { $0.pendingRequests[handle] = nil }
            return .html(Page.generic, status: 400)
        case .admitted:
            let wasApproved = shared.withState { $0.hasApproved(session, wanted) }
            if wasApproved, !wanted.prompt.contains("consent") {
                return finish(handle, wanted, session)
            }
            let names = shared.withState { state in
                let organization = state.organizations[session.organizationID]
                return (
                    organization?.users[session.userID]?.username ?? "", organization?.name ?? ""
                )
            }
            return .html(
                Page.approval(
                    request: handle,
                    username: names.0,
                    organization: names.1,
                    scope: wanted.scope
                )
            )
        }
    }

    private func decide(_ request: WireRequest) -> Reply {
        let form = request.form
        guard let handle = form["request"],
            let wanted = shared.withState({ $0.pendingRequests[handle] }),
            let session = browserSession(request.cookie)
        else { return .oauthPage(.invalidRequest("this page is no longer valid")) }
        guard form["decision"] == "allow" else {
            shared.withState { $0.pendingRequests[handle] = nil }
            return wanted.redirect(
                OAuthError(code: "access_denied", reason: "end-user denied authorization")
            )
        }
        guard case .admitted = shared.withState({ $0.admission(of: session) }) else {
            return proceed(handle, wanted, session)
        }
        return finish(handle, wanted, session)
    }

    private func finish(
        _ handle: String,
        _ wanted: AuthorizationRequest,
        _ session: BrowserSession
    ) -> Reply {
        let code = shared.withState { state in
            let code = TokenText.code() + state.settings.codeSuffix
            state.secrets.note(code)
            state.pendingRequests[handle] = nil
            state.codes[code] = AuthorizationCode(
                request: wanted,
                organizationID: session.organizationID,
                userID: session.userID,
                expiresAt: state.now.advanced(by: 900)
            )
            return code
        }
        return wanted.redirect([("code", code)])
    }

    private func browserSession(_ cookie: String?) -> BrowserSession? {
        for pair in (cookie ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].filter({ $0 != " " }) == Self.cookieName else {
                continue
            }
            return shared.withState { state in
                state.browserSessions[String(parts[1])].flatMap {
                    state.isActive($0.userID, in: $0.organizationID) ? $0 : nil
                }
            }
        }
        return nil
    }

    private func loginPage(
        _ handle: String,
        _ wanted: AuthorizationRequest,
        problem: String?
    ) -> Reply {
        let groups = shared.withState { state in
            state.organizations.values.filter { state.accepts(wanted.host, $0.id) }.map {
                LoginGroup($0)
            }
        }
        return .html(
            Page.login(
                request: handle,
                groups: groups,
                hint: wanted.loginHint,
                problem: problem
            ),
            status: problem == nil ? 200 : 401
        )
    }
}
