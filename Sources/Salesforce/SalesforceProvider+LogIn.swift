public import Domain

extension SalesforceProvider {
    /// Every environment has its host; one that is not allowed is a failure of the operator's list.
    public func loginURL(for environment: LoginEnvironment) throws(Failure) -> String {
        let url =
            switch environment {
            case .production: hosts.admit(configuration.loginURL)
            case .sandbox: hosts.admit(sandboxLoginURL)
            case .host(let host): hosts.admit(host: host)
            }
        guard let url else { throw .loginHostNotAllowed }
        return url.text
    }

    /// `test.salesforce.com`, unless this service signs in somewhere that is not Salesforce's cloud.
    private var sandboxLoginURL: String {
        guard let url = ServiceURL(configuration.loginURL),
            url.host.hasSuffix(".salesforce.com")
        else { return configuration.loginURL }
        return "https://test.salesforce.com"
    }

    /// Asks for `api refresh_token id`, with PKCE, and always for a new log-in.
    public func authorizationURL(_ request: AuthorizationURLRequest) -> String {
        var fields = [
            (name: "response_type", value: "code"),
            (name: "client_id", value: configuration.clientID),
            (name: "redirect_uri", value: request.redirectURI),
            (name: "state", value: request.state.reveal()),
            (name: "scope", value: "api refresh_token id"),
            // Without it a session that happens to be open in the browser decides who connects.
            (name: "prompt", value: "login"),
            (name: "code_challenge", value: request.codeChallenge),
            (name: "code_challenge_method", value: "S256"),
        ]
        if let hint = request.loginHint { fields.append((name: "login_hint", value: hint)) }
        return "\(request.loginURL)/services/oauth2/authorize?\(String.encodingFields(fields))"
    }

    /// Refusals that are not known become `providerRejected` with the code in the details.
    public func failure(forRefusal error: String, description: String?) -> Failure {
        let item = ErrorAnswer.Item(code: error, text: description)
        var failure = ErrorTable.row(for: item, at: .authorize, status: nil).failure
        guard let code = item.code else { return failure }
        failure.details["code"] = code
        if failure.reason == .providerRejected {
            failure.message = "Salesforce refused the authorization: \(code)."
        }
        return failure
    }

    /// Salesforce keeps a browser on an error page of its own when the app is not installed, and on
    /// the log-in page when the host does not know the user.
    public func failure(forExpiryOf scope: Scope, loginURL: String) -> Failure {
        .expired(scope, loginHost: ServiceURL(loginURL)?.host ?? "")
    }
}
