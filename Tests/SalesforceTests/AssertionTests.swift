import CryptoExtras
import Domain
import Foundation
import NIOHTTP1
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct AssertionTests {
    private static let privateKey = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }

    private static let answer = """
        {"access_token":"00D!asserted","instance_url":"https://acme.my.salesforce.com",\
        "id":"https://login.salesforce.com/id/00D/005","scope":"api id","token_type":"Bearer"}
        """

    private static func withAssertingProvider<Value>(
        port: Int,
        clientID: String = "the-client",
        now: @escaping @Sendable () -> Date = { Fixture.now },
        _ body: (SalesforceProvider) async throws -> Value
    ) async throws -> Value {
        let key = try AssertionKey(pem: privateKey.get().pemRepresentation)
        return try await withProvider(loginPort: port, clientID: clientID) { provider in
            var configuration = provider.configuration
            configuration.assertionKey = key
            return try await body(
                SalesforceProvider(
                    configuration: configuration,
                    client: provider.wire.client,
                    logger: provider.wire.logger,
                    now: now
                )
            )
        }
    }

    private static func refused(
        _ reply: StubServer.Reply
    ) async throws -> (error: ProviderError, requests: Int) {
        try await StubServer.with(answering: { _, _ in reply }) { server, port in
            let error = try await withAssertingProvider(port: port) { provider in
                try await providerError {
                    try await provider.assertIdentity(
                        of: "jane@acme.com",
                        loginURL: "http://127.0.0.1:\(port)"
                    )
                }
            }
            return (error, server.requests.count)
        }
    }

    @Test func assertionIsSentAloneAndGivesNoRefreshToken() async throws {
        try await StubServer.with(answering: { _, _ in .init(body: Self.answer) }) { server, port in
            let tokens = try await Self.withAssertingProvider(port: port) { provider in
                try await provider.assertIdentity(
                    of: "jane+x@acme.com",
                    loginURL: "http://127.0.0.1:\(port)"
                )
            }
            #expect(tokens?.access == Secret("00D!asserted"))
            #expect(tokens?.instanceURL == "https://acme.my.salesforce.com")
            #expect(tokens?.refresh == nil)

            let request = try #require(server.requests.first)
            #expect(server.requests.count == 1)
            #expect(request.method == "POST")
            #expect(request.target == "/services/oauth2/token")
            #expect(request.authorization == nil)
            let prefix =
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
            #expect(request.body.hasPrefix(prefix))
            try Self.check(String(request.body.dropFirst(prefix.count)), audiencePort: port)
        }
    }

    /// The header, the claims and the signature of an assertion for jane+x@acme.com.
    private static func check(_ assertion: String, audiencePort port: Int) throws {
        let parts = assertion.split(separator: ".")
        try #require(parts.count == 3)
        let texts = try parts.prefix(2).map {
            String(decoding: try #require(decoded($0)), as: UTF8.self)
        }
        #expect(
            texts == [
                #"{"alg":"RS256"}"#,
                #"{"aud":"http://127.0.0.1:\#(port)","exp":1800000180,"iss":"the-client","#
                    + #""sub":"jane+x@acme.com"}"#,
            ]
        )
        let signature = _RSA.Signing.RSASignature(
            rawRepresentation: try #require(decoded(parts[2]))
        )
        #expect(
            try privateKey.get().publicKey.isValidSignature(
                signature,
                for: Data("\(parts[0]).\(parts[1])".utf8),
                padding: .insecurePKCS1v1_5
            )
        )
    }

    @Test(arguments: [
        ("https://login.salesforce.com", "https://login.salesforce.com"),
        ("https://test.salesforce.com/", "https://test.salesforce.com"),
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com"),
        (
            "https://ACME--dev.sandbox.my.salesforce.com:443",
            "https://acme--dev.sandbox.my.salesforce.com"
        ),
        ("https://acme.my.salesforce.com/portal", "https://acme.my.salesforce.com"),
    ])
    func audienceIsTheOriginOfTheLogInHost(loginURL: String, audience: String) throws {
        #expect(try #require(ServiceURL(loginURL)).origin == audience)
    }

    @Test func secretIsNotSent() async throws {
        try await StubServer.with(answering: { _, _ in .init(body: Self.answer) }) { server, port in
            _ = try await Self.withAssertingProvider(port: port) { provider in
                try await provider.assertIdentity(
                    of: "jane@acme.com",
                    loginURL: "http://127.0.0.1:\(port)"
                )
            }
            let body = try #require(server.requests.first?.body)
            #expect(!body.contains("client_secret"))
            #expect(!body.contains("the%2Bclient%3Dsecret"))
        }
    }

    @Test func withoutAKeyNothingIsAsked() async throws {
        try await StubServer.with(answering: { _, _ in .init(body: Self.answer) }) { server, port in
            let tokens = try await withProvider(loginPort: port) { provider in
                try await provider.assertIdentity(
                    of: "jane@acme.com",
                    loginURL: "http://127.0.0.1:\(port)"
                )
            }
            #expect(tokens == nil)
            #expect(server.requests.isEmpty)
        }
    }

    @Test func foreignHostGetsNoAssertion() async throws {
        try await StubServer.with(answering: { _, _ in .init(body: Self.answer) }) {
            foreign,
            port in
            let error = try await Self.withAssertingProvider(port: 1) { provider in
                try await providerError {
                    try await provider.assertIdentity(
                        of: "jane@acme.com",
                        loginURL: "http://127.0.0.1:\(port)"
                    )
                }
            }
            #expect(error.disposition == .operator)
            #expect(foreign.requests.isEmpty)
        }
    }

    @Test(arguments: [
        StubServer.Reply(status: 503, body: "<html>maintenance</html>"),
        StubServer.Reply(body: "<html>a proxy's page</html>"), StubServer.Reply(body: "{}"),
        StubServer.Reply(body: answer, fault: .truncated),
    ])
    func unclearAnswerSpendsNothing(reply: StubServer.Reply) async throws {
        let (error, requests) = try await Self.refused(reply)
        #expect(error.disposition == .retry(notBefore: nil))
        #expect(error.failure.reason == .providerUnavailable)
        #expect(!error.isOutcomeUnknown)
        #expect(requests == 1)
    }

    @Test(arguments: [
        (
            "invalid_grant", "user hasn't approved this consumer", Disposition.reject,
            FailureReason.grantRevoked
        ),
        (
            "invalid_app_access", "user is not admin approved to access this app", .reject,
            .appNotInstalled
        ),
        (
            "app_not_found", "External client app is not installed in this org", .reject,
            .appNotInstalled
        ),
        ("invalid_grant", "Audience validation failed", .operator, .providerRejected),
        ("invalid_grant", "audience is invalid", .operator, .providerRejected),
        ("invalid_grant", "expired assertion", .operator, .providerRejected),
        ("invalid_grant", "invalid assertion", .operator, .providerRejected),
        ("invalid_request", "invalid assertion", .operator, .providerRejected),
        ("invalid_client", "invalid client credentials", .operator, .providerRejected),
        ("invalid_client_id", "client identifier invalid", .operator, .providerRejected),
        ("invalid_grant", "ip restricted", .operator, .providerRejected),
        ("invalid_grant", "authentication failure", .reauthorize, .grantRevoked),
        ("inactive_user", "user is inactive", .reauthorize, .grantRevoked),
        ("invalid_grant", "something new", .retry(notBefore: nil), .grantRevoked),
        ("something_new", "", .retry(notBefore: nil), .providerRejected),
    ])
    func refusalHasItsDispositionAndReason(
        error: String,
        description: String,
        disposition: Disposition,
        reason: FailureReason
    ) {
        let body = #"{"error":"\#(error)","error_description":"\#(description)"}"#
        let answer = WireAnswer(status: 400, body: Data(body.utf8))
        let found = ErrorTable.error(for: answer, at: .assertion, now: Fixture.now)
        #expect(found.disposition == disposition)
        #expect(found.failure.reason == reason)
        #expect(!found.isOutcomeUnknown)
    }

    typealias Disposition = ProviderError.Disposition

    @Test func administratorIsToldHowToPreAuthorize() async throws {
        let body =
            #"{"error":"invalid_grant","error_description":"user hasn't approved this consumer"}"#
        let (error, _) = try await Self.refused(.init(status: 400, body: body))
        #expect(error.failure.remedy.contains("Admin approved users are pre-authorized"))
    }

    @Test func simulatedUserIsAssertedOnceTheAdministratorAllowsIt() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let port = try #require(ServiceURL(salesforce.base)).port
            try await Self.withAssertingProvider(
                port: port,
                clientID: "sandbox-client",
                now: { Date() }
            ) { provider in
                try await Self.register(Self.privateKey.get().publicKey, salesforce)
                let refused = try await providerError {
                    try await provider.assertIdentity(
                        of: "bob@acme.com",
                        loginURL: salesforce.base
                    )
                }
                #expect(refused.disposition == .reject)
                #expect(refused.failure.reason == .grantRevoked)
                try await salesforce.control(
                    .PATCH,
                    "users/bob@acme.com",
                    "{\"appApproved\":true}"
                )
                let tokens = try #require(
                    try await provider.assertIdentity(
                        of: "bob@acme.com",
                        loginURL: salesforce.base
                    )
                )
                #expect(tokens.refresh == nil)
                let identity = try await provider.identify(tokens)
                #expect(identity.username == "bob@acme.com")
                _ = try await provider.probe(tokens, identity: identity)
            }
        }
    }

    /// Lets the simulator verify what is signed.
    private static func register(
        _ key: _RSA.Signing.PublicKey,
        _ salesforce: SimulatedSalesforce
    ) async throws {
        let settings = try JSONEncoder().encode(["jwtPublicKey": key.pemRepresentation])
        try await salesforce.control(.PATCH, "settings", String(decoding: settings, as: UTF8.self))
    }

    private static func decoded(_ part: Substring) -> Data? {
        var text = String(part).replacing("-", with: "+").replacing("_", with: "/")
        while text.utf8.count % 4 != 0 { text += "=" }
        return Data(base64Encoded: text)
    }
}
