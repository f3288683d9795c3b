/// The pages a browser sees: plain HTML forms that a person, a screen reader or a script can drive.
enum Page {
    /// Asks who it is.
    ///
    /// Fields: `request` (hidden), `username`, `password`.
    static func login(
        request: String,
        groups: [LoginGroup],
        hint: String?,
        problem: String?
    ) -> String {
        let hinted = hint.flatMap { hint in
            groups.lazy.flatMap(\.users).first { $0.username == hint || $0.email == hint }
        }
        let chosen = hinted?.username ?? groups.lazy.flatMap(\.users).first?.username
        let fieldsets = groups.map { group in
            let users = group.users.map { user in
                """
                <label class="user"><input type="radio" name="username" \
                value="\(escaped(user.username))"\(user.username == chosen ? " checked" : "")\
                \(user.isActive ? "" : " disabled")> <span><strong>\(escaped(user.name))</strong>\
                <small>\(escaped(user.username)) · \(escaped(user.profile))</small></span></label>
                """
            }
            return """
                <fieldset><legend>\(escaped(group.name)) <small>\(escaped(group.edition))</small>\
                </legend>\(users.joined(separator: "\n"))</fieldset>
                """
        }
        let alert = problem.map { "<p role=\"alert\" class=\"problem\">\(escaped($0))</p>" } ?? ""
        return document(
            title: "Log in",
            body: """
                \(alert)
                <form method="post" action="/services/oauth2/authorize/login">
                <input type="hidden" name="request" value="\(escaped(request))">
                \(fieldsets.joined(separator: "\n"))
                <label class="field">Password <small>any will do</small>
                <input type="password" name="password" value="sandbox" required \
                autocomplete="off"></label>
                <button type="submit">Log In</button>
                </form>
                """
        )
    }

    /// Asks for approval.
    ///
    /// Fields: `request` (hidden), `decision` (`allow` or `deny`).
    static func approval(
        request: String,
        username: String,
        organization: String,
        scope: String
    ) -> String {
        let items = scope.split(separator: " ").map { "<li>\(escaped(meaning(of: $0)))</li>" }
        return document(
            title: "Allow access?",
            body: """
                <p><strong>Integration</strong> is asking to:</p>
                <ul>\(items.joined())</ul>
                <p>You are <strong>\(escaped(username))</strong> of \
                <strong>\(escaped(organization))</strong>.</p>
                <form method="post" action="/services/oauth2/authorize/approve">
                <input type="hidden" name="request" value="\(escaped(request))">
                <button type="submit" name="decision" value="allow">Allow</button>
                <button type="submit" name="decision" value="deny" class="second">Deny</button>
                </form>
                """
        )
    }

    /// Shows an error from which nobody is sent back.
    static func error(_ error: OAuthError) -> String {
        document(
            title: "OAuth error",
            body: """
                <p role="alert" class="problem">error=\(escaped(error.code))&amp;\
                error_description=\(escaped(error.reason))</p>
                """
        )
    }

    /// What a user of an organization without the app may see.
    static let generic = document(
        title: "We can't authorize you because of an OAuth error",
        body: """
            <p role="alert" class="problem">OAUTH_APPROVAL_ERROR_GENERIC : An unexpected error has \
            occured during authentication. Please try again.</p>
            """
    )

    /// Text made safe inside HTML.
    static func escaped(_ text: some StringProtocol) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.append(character)
            }
        }
    }

    private static func meaning(of scope: Substring) -> String {
        switch scope {
        case "api": "Manage user data via APIs (api)"
        case "refresh_token", "offline_access": "Perform requests at any time (\(scope))"
        case "id": "Access the identity URL service (id)"
        case "openid": "Access unique user identifiers (openid)"
        default: String(scope)
        }
    }

    private static func document(title: String, body: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(escaped(title)) · Simulated Salesforce</title><style>\(style)</style></head>
        <body><main><p class="brand">Simulated Salesforce</p><h1>\(escaped(title))</h1>
        \(body)
        </main></body></html>
        """
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#16325c;--paper:#fff;--edge:#c9d3e0;--act:#0b5cab}
        @media(prefers-color-scheme:dark){:root{--ink:#e6edf7;--paper:#14202f;--edge:#3a4c63;\
        --act:#6cb2ff}}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
        main{max-width:26rem;margin:8vh auto;padding:0 1rem}
        .brand{color:var(--act);font-weight:600;margin:0}h1{margin:.2rem 0 1.2rem;font-size:1.5rem}
        fieldset{border:1px solid var(--edge);border-radius:.5rem;margin:0 0 1rem}
        .user{display:flex;gap:.7rem;padding:.35rem 0;align-items:baseline}
        .user small{display:block;opacity:.75}.field{display:block;margin:1rem 0}
        input[type=password]{display:block;width:100%;box-sizing:border-box;padding:.5rem;font:inherit}
        button{font:inherit;padding:.55rem 1.4rem;border:1px solid var(--act);border-radius:.4rem;\
        background:var(--act);color:var(--paper);cursor:pointer}
        button.second{background:none;color:var(--act)}
        :focus-visible{outline:3px solid var(--act);outline-offset:2px}
        .problem{border-left:4px solid #c23934;padding:.5rem .8rem}
        """
}
