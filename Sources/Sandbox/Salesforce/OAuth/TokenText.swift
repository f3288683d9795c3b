import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Makes the texts of tokens, codes and cookies.
enum TokenText {
    /// An access token, `00D…!…`: fifteen characters of the organization's id, then the secret part.
    static func accessToken(for organization: RecordID) -> String {
        "\(organization.text.prefix(15))!\(random(72, urlSafe: true))"
    }

    /// `5Aep861…`.
    static func refreshToken() -> String { "5Aep861\(random(60, urlSafe: true))" }

    /// `aPrx…==`: its `+`, `/` and `=` must be encoded once and decoded once.
    static func code() -> String { "aPrx\(random(28, urlSafe: false))+/A==" }

    /// A cookie or the name of an open request.
    static func handle() -> String { random(24, urlSafe: true) }

    /// BASE64URL(SHA256(verifier)), as RFC 7636 asks.
    static func challenge(for verifier: String) -> String {
        urlSafe(Data(SHA256.hash(data: Data(verifier.utf8))).base64EncodedString())
    }

    /// base64(HMAC-SHA256(secret, id + issued_at)).
    static func signature(_ text: String, secret: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(text.utf8),
            using: SymmetricKey(data: Data(secret.utf8))
        )
        return Data(code).base64EncodedString()
    }

    /// Base64 in the alphabet of URLs, without padding.
    static func urlSafe(_ base64: String) -> String {
        base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// What base64 in the alphabet of URLs stands for; nil when it is none.
    static func bytes(ofURLSafe text: Substring) -> Data? {
        var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
        while base64.utf8.count % 4 != 0 { base64 += "=" }
        return Data(base64Encoded: String(base64))
    }

    private static func random(_ count: Int, urlSafe isSafe: Bool) -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let text = Data(bytes).base64EncodedString()
        return isSafe ? urlSafe(text) : text.replacing("=", with: "")
    }
}
