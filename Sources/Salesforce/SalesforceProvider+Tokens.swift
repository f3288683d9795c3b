public import Domain
import FoundationEssentials

extension SalesforceProvider {
    /// A code is good for one call: it is never sent twice, whatever became of the first.
    public func exchange(_ request: CodeExchange) async throws(ProviderError) -> Tokens {
        let answer = try await token(
            .exchange,
            loginURL: request.loginURL,
            [
                ("grant_type", "authorization_code"),
                ("code", request.code.reveal()),
                ("redirect_uri", request.redirectURI),
                ("code_verifier", request.verifier.reveal()),
            ]
        )
        guard let tokens = try read(TokenAnswer.self, from: answer, at: .exchange).issued else {
            throw ErrorTable.error(forUnreadable: answer, at: .exchange)
        }
        return tokens
    }

    /// Sends the refresh token once.
    ///
    /// When nobody knows the outcome it throws `retry` with the reason `grantAmbiguous` and says so in
    /// ``ProviderError/isOutcomeUnknown``: the token may be used up, and sending it again may end the
    /// grant.
    public func refresh(
        _ tokens: Tokens,
        loginURL: String
    ) async throws(ProviderError) -> Tokens {
        guard let refreshToken = tokens.refresh else {
            throw ProviderError(.reauthorize, .grantRevoked)
        }
        let answer = try await token(
            .refresh,
            loginURL: loginURL,
            [("grant_type", "refresh_token"), ("refresh_token", refreshToken.reveal())]
        )
        let renewed = try read(TokenAnswer.self, from: answer, at: .refresh).renewing(tokens)
        guard let renewed else { throw ErrorTable.error(forUnreadable: answer, at: .refresh) }
        return renewed
    }

    /// Ends the refresh token and with it its access tokens.
    public func revoke(_ tokens: Tokens, loginURL: String) async throws(ProviderError) {
        let call = Wire.Call(
            endpoint: .revoke,
            url: try admitted(loginURL, "/services/oauth2/revoke"),
            // Ending the refresh token ends its access tokens too, not the other way round.
            form: [("token", (tokens.refresh ?? tokens.access).reveal())],
            timeout: configuration.tokenTimeout,
            maximumLength: Self.maximumTokenLength
        )
        do throws(ProviderError) {
            _ = try await succeeding(call)
        } catch {
            let isOver = ["invalid_token", "unsupported_token_type"].contains(error.code)
            guard error.status == 400, isOver else { throw error }
        }
    }

    private func token(
        _ endpoint: Endpoint,
        loginURL: String,
        _ fields: [(name: String, value: String)]
    ) async throws(ProviderError) -> WireAnswer {
        try await succeeding(
            Wire.Call(
                endpoint: endpoint,
                url: try admitted(loginURL, "/services/oauth2/token"),
                form: fields + [
                    ("client_id", configuration.clientID),
                    ("client_secret", configuration.clientSecret.reveal()),
                ],
                timeout: configuration.tokenTimeout,
                maximumLength: Self.maximumTokenLength
            )
        )
    }
}
