import Domain

/// A successful answer of the token endpoint.
struct TokenAnswer: Decodable, Sendable {
    var accessToken: String
    var refreshToken: String?
    var instanceURL: String?
    var identityURL: String?

    enum CodingKeys: String, CodingKey {
        case accessToken = "access_token"
        case refreshToken = "refresh_token"
        case instanceURL = "instance_url"
        case identityURL = "id"
    }

    /// What was issued for a code: nothing to fall back on, so everything must be there.
    var issued: Tokens? {
        guard let instanceURL, let identityURL, !accessToken.isEmpty else { return nil }
        return Tokens(
            access: Secret(accessToken),
            refresh: refreshToken.map(Secret.init),
            instanceURL: instanceURL,
            identityURL: identityURL
        )
    }

    /// What was issued for a refresh token; what the answer leaves out stays as it was.
    func renewing(_ tokens: Tokens) -> Tokens? {
        guard !accessToken.isEmpty else { return nil }
        return Tokens(
            access: Secret(accessToken),
            refresh: refreshToken.map(Secret.init),
            instanceURL: instanceURL ?? tokens.instanceURL,
            identityURL: identityURL ?? tokens.identityURL
        )
    }
}
