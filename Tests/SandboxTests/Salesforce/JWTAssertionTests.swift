import CryptoExtras
import Foundation
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(1)))
struct JWTAssertionTests {
    private static let keys = Result {
        (
            try _RSA.Signing.PrivateKey(keySize: .bits2048),
            try _RSA.Signing.PrivateKey(keySize: .bits2048)
        )
    }

    /// The same claims, signed; the header says what it is told.
    private static func signed(
        _ assertion: String,
        by key: _RSA.Signing.PrivateKey,
        algorithm: String = "RS256"
    ) throws -> String {
        let claims = assertion.split(separator: ".")[1]
        let header = urlSafe(Data(#"{"alg":"\#(algorithm)"}"#.utf8))
        let text = "\(header).\(claims)"
        let signature = try key.signature(for: Data(text.utf8), padding: .insecurePKCS1v1_5)
        return "\(text).\(urlSafe(signature.rawRepresentation))"
    }

    private static func urlSafe(_ data: Data) -> String {
        data.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func withApprovedUser(
        _ body: @Sendable (SimulatorClient, _ expiry: Int) async throws -> Void
    ) async throws {
        try await withSimulator { client in
            try await client.control(.patch, "users/bob@acme.com", #"{"appApproved":true}"#)
            let state = try await client.control(.get, "state")
            let now = try #require(Moment(state["now"].string ?? ""))
            try await body(client, now.seconds + 120)
        }
    }

    private static func send(
        _ assertion: String,
        to base: String = "",
        _ client: SimulatorClient
    ) async throws -> SimulatorClient.Answer {
        try await client.form(
            base + "/services/oauth2/token",
            [
                ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                ("assertion", assertion),
            ]
        )
    }

    @Test func signatureIsVerifiedOnceAKeyIsSet() async throws {
        let (right, wrong) = try Self.keys.get()
        try await Self.withApprovedUser { client, expiry in
            let assertion = SimulatorClient.assertion(
                for: "bob@acme.com",
                audience: client.base,
                expiring: expiry
            )
            #expect(try await Self.send(assertion, client).status == 200)
            let order = try JSONEncoder().encode(["jwtPublicKey": right.publicKey.pemRepresentation]
            )
            try await client.control(.patch, "settings", String(decoding: order, as: UTF8.self))

            for forged in [
                assertion, try Self.signed(assertion, by: wrong),
                try Self.signed(assertion, by: right, algorithm: "none"),
            ] {
                let refused = try await Self.send(forged, client)
                #expect(try refused.json["error"].string == "invalid_grant")
                #expect(try refused.json["error_description"].string == "invalid assertion")
            }
            let signed = try Self.signed(assertion, by: right)
            #expect(try await Self.send(signed, client).status == 200)

            try await client.control(.patch, "settings", #"{"jwtPublicKey":""}"#)
            #expect(try await Self.send(assertion, client).status == 200)
        }
    }

    @Test func anythingButAPublicKeyIsRefused() async throws {
        try await withSimulator { client in
            let answer = try await client.call(
                .patch,
                "/sandbox/settings",
                body: #"{"jwtPublicKey":"no key"}"#
            )
            #expect(answer.status == 400)
        }
    }

    @Test(arguments: [
        ("127.0.0.1", "https://login.salesforce.com", nil as String?),
        ("127.0.0.1", "https://test.salesforce.com", "Audience validation failed"),
        ("127.0.0.3", "http://127.0.0.3:PORT", nil),
        ("127.0.0.2", "http://127.0.0.2:PORT", "Audience validation failed"),
        ("127.0.0.2", "https://login.salesforce.com", "user hasn't approved this consumer"),
        ("127.0.0.1", "http://127.0.0.3:PORT", "Audience validation failed"),
    ])
    func audienceMustBeTheUsersOwn(host: String, audience: String, refusal: String?) async throws {
        try await Self.withApprovedUser { client, expiry in
            let port = try #require(client.base.split(separator: ":").last)
            let answer = try await Self.send(
                SimulatorClient.assertion(
                    for: "bob@acme.com",
                    audience: audience.replacing("PORT", with: port),
                    expiring: expiry
                ),
                to: client.base.replacing("127.0.0.1", with: host),
                client
            )
            #expect(answer.status == (refusal == nil ? 200 : 400))
            #expect(try answer.json["error_description"].string == refusal)
        }
    }
}
