import CryptoExtras
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct AssertionKeyTests {
    @Test func everyFormOfAKeyIsRead() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let expected = try AssertionKey(pem: key.pemRepresentation).signature(of: "text")
        for pem in [
            key.pemRepresentation, key.pkcs8PEMRepresentation,
            key.pkcs8PEMRepresentation.replacing("\n", with: "\r\n"),
            key.pkcs8PEMRepresentation.replacing("\n", with: "\\n"),
        ] {
            #expect(try AssertionKey(pem: pem).signature(of: "text") == expected)
        }
    }

    @Test func anythingElseIsNamedButNotShown() throws {
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let small = try _RSA.Signing.PrivateKey(unsafeKeySize: .init(bitCount: 1024))
        let begin = "-----BEGIN "
        for (pem, reason) in [
            ("", "is not a key in PEM form"), ("leaked", "is not a key in PEM form"),
            (key.publicKey.pemRepresentation, "is not a private key"),
            ("\(begin)CERTIFICATE-----\nleaked\n-----END CERTIFICATE-----", "is not a private key"),
            (
                "\(begin)ENCRYPTED PRIVATE KEY-----\nleaked\n-----END ENCRYPTED PRIVATE KEY-----",
                "is a key with a passphrase"
            ),
            (
                "\(begin)RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nleaked\n-----END",
                "is a key with a passphrase"
            ),
            (small.pemRepresentation, "is not an RSA key of 2048 bits or more"),
            (
                "\(begin)PRIVATE KEY-----\nleaked\n-----END PRIVATE KEY-----",
                "is not an RSA key of 2048 bits or more"
            ),
            (String(key.pemRepresentation.prefix(200)), "is not an RSA key of 2048 bits or more"),
        ] {
            let error = #expect(throws: AssertionKeyError.self) { try AssertionKey(pem: pem) }
            #expect(error?.description == reason)
        }
    }

    @Test func keyNeverShowsItself() throws {
        let key = try AssertionKey(
            pem: _RSA.Signing.PrivateKey(keySize: .bits2048).pemRepresentation
        )
        var shown = ""
        dump(key, to: &shown)
        #expect("\(key)" == "<key>")
        #expect(!shown.contains("PrivateKey"))
    }
}
