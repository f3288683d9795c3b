import Domain
import FoundationEssentials

/// This service's word that it acts for a user: a JSON Web Token, RFC 7523 section 3.
struct Assertion: Encodable, Sendable {
    /// The app's consumer key.
    var issuer: String
    /// The user's name.
    var subject: String
    /// Whom it is for: Salesforce accepts the origin of the log-in host alone.
    var audience: String
    /// In seconds since 1970.
    var expiry: Int

    enum CodingKeys: String, CodingKey {
        case issuer = "iss"
        case subject = "sub"
        case audience = "aud"
        case expiry = "exp"
    }

    /// Salesforce accepts three minutes at most.
    static let lifetime = 180.0

    /// The compact form: header, claims and signature.
    func signed(with key: AssertionKey) throws -> Secret {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let claims = try encoder.encode(self)
        let text = Self.encoded(Data(#"{"alg":"RS256"}"#.utf8)) + "." + Self.encoded(claims)
        return Secret(text + "." + Self.encoded(try key.signature(of: text)))
    }

    /// Base64 in the alphabet of URLs, without padding, RFC 7515 section 2.
    private static func encoded(_ data: Data) -> String {
        data.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
