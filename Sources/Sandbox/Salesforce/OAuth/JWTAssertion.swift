import CryptoExtras

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A JWT bearer assertion, RFC 7523.
struct JWTAssertion: Sendable {
    /// What it says.
    struct Claims: Codable, Sendable {
        let iss: String
        let sub: String
        let aud: String
        let exp: Int
    }

    private struct Header: Codable {
        let alg: String
    }

    let claims: Claims
    private let text: String

    /// Nil when it is no JWT or lacks a claim.
    init?(_ text: String) {
        let parts = text.split(separator: ".")
        guard parts.count == 3, let data = TokenText.bytes(ofURLSafe: parts[1]) else { return nil }
        self.text = text
        do {
            claims = try JSONDecoder().decode(Claims.self, from: data)
        } catch {
            return nil
        }
    }

    /// The host of the audience, with its port.
    var audienceHost: String { claims.aud.split(separator: "/").last.map(String.init) ?? "" }

    /// Whether it is signed, RS256, by the owner of a public key in PEM form.
    func isSigned(by pem: String) -> Bool {
        let parts = text.split(separator: ".")
        guard let signature = TokenText.bytes(ofURLSafe: parts[2]),
            let header = TokenText.bytes(ofURLSafe: parts[0])
        else { return false }
        do {
            guard try JSONDecoder().decode(Header.self, from: header).alg == "RS256" else {
                return false
            }
            return try _RSA.Signing.PublicKey(pemRepresentation: pem).isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature),
                for: Data("\(parts[0]).\(parts[1])".utf8),
                padding: .insecurePKCS1v1_5
            )
        } catch {
            return false
        }
    }

    /// Whether a text is a key that signatures can be verified with.
    static func isPublicKey(_ pem: String) -> Bool {
        do {
            _ = try _RSA.Signing.PublicKey(pemRepresentation: pem)
            return true
        } catch {
            return false
        }
    }
}
