public import Domain
import FoundationEssentials

extension SalesforceProvider {
    /// Signs an assertion that is good for three minutes and sends it once, without the app's secret.
    ///
    /// Nothing is spent by it: after an unclear answer it may be asked for again.
    public func assertIdentity(
        of username: String,
        loginURL: String
    ) async throws(ProviderError) -> Tokens? {
        guard let key = configuration.assertionKey else { return nil }
        let url = try admitted(loginURL, "/services/oauth2/token")
        let assertion = Assertion(
            issuer: configuration.clientID,
            subject: username,
            audience: url.origin,
            expiry: Int(now().advanced(by: Assertion.lifetime).timeIntervalSince1970)
        )
        let signed: Secret
        do {
            signed = try assertion.signed(with: key)
        } catch {
            throw ProviderError(.operator, .assertionNotAccepted)
        }
        let answer = try await succeeding(
            Wire.Call(
                endpoint: .assertion,
                url: url,
                form: [
                    ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                    ("assertion", signed.reveal()),
                ],
                timeout: configuration.tokenTimeout,
                maximumLength: Self.maximumTokenLength
            )
        )
        let issued = try read(TokenAnswer.self, from: answer, at: .assertion).issued
        guard var tokens = issued else {
            throw ErrorTable.error(forUnreadable: answer, at: .assertion)
        }
        tokens.refresh = nil
        return tokens
    }
}
