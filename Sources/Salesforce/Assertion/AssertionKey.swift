import Crypto
import CryptoExtras
import FoundationEssentials

/// The private key that this service signs its word for a user with, RS256.
///
/// Its certificate is uploaded to the app: Setup → External Client App Manager → (this app) → Edit
/// Settings → OAuth Settings → Enable JWT Bearer Flow.
public struct AssertionKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let key: _RSA.Signing.PrivateKey

    /// Reads a key in PEM form, PKCS#8 or PKCS#1, of 2048 bits or more, without a passphrase.
    ///
    /// - Parameter pem: the text of the key; `\n` also stands for a line break, because a file of
    ///   environment variables has one line a variable.
    /// - Throws: why it is no such key, without showing any of it.
    public init(pem: String) throws(AssertionKeyError) {
        let text = pem.replacing("\\n", with: "\n").replacing("\r\n", with: "\n")
        guard text.contains("PRIVATE KEY-----") else {
            throw AssertionKeyError(
                reason: text.contains("-----BEGIN")
                    ? "is not a private key" : "is not a key in PEM form"
            )
        }
        guard !text.contains("ENCRYPTED") else {
            throw AssertionKeyError(reason: "is a key with a passphrase")
        }
        do {
            key = try _RSA.Signing.PrivateKey(pemRepresentation: text)
        } catch {
            // The parser's own words may quote what it read.
            throw AssertionKeyError(reason: "is not an RSA key of 2048 bits or more")
        }
    }

    /// Always the same word, so that interpolation shows nothing.
    public var description: String { "<key>" }
    /// Has no children, so that `dump` and reflection show nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 section 3.3.
    func signature(of text: String) throws -> Data {
        try key.signature(for: Data(text.utf8), padding: .insecurePKCS1v1_5).rawRepresentation
    }
}

/// Why a text is no key to sign with.
public struct AssertionKeyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Completes a sentence that begins with the key's name; shows nothing of the key.
    public let reason: String

    /// The reason.
    public var description: String { reason }
}
