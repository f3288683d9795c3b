import CryptoExtras
import Domain
import Logging
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct SecrecyTests {
    private static let secrets = [
        "00D!access", "5Aep+/=refresh", "aPrx+/=%==", "verifier", "the+client=secret%", "leaked",
        // What every JSON Web Token begins with.
        "eyJ",
        Fixture.user, "SELECT",
    ]

    @Test(arguments: [
        StubServer.Reply(body: "{\"access_token\":\"leaked\"}"),
        StubServer.Reply(body: "{\"access_token\":\"leaked"),
        StubServer.Reply(status: 400, body: "{\"error\":\"invalid_grant\",\"message\":\"leaked\"}"),
        StubServer.Reply(status: 500, body: "leaked token 00D!access"),
        StubServer.Reply(body: "{}", fault: .truncated),
    ])
    func logAndErrorsHoldNoSecret(reply: StubServer.Reply) async throws {
        let lines = Lines()
        let logger = Logger(label: "test", factory: { _ in RecordingLogHandler(lines: lines) })
        try await StubServer.with(answering: { _, _ in reply }) { _, port in
            try await withProvider(loginPort: port, logger: logger) { provider in
                let provider = try Self.withKey(provider)
                let tokens = Fixture.tokens(port: port)
                let login = "http://127.0.0.1:\(port)"
                let session = Fixture.session(port: port)
                for call: () async throws -> Void in [
                    { _ = try await provider.exchange(Fixture.codeExchange(port: port)) },
                    { _ = try await provider.refresh(tokens, loginURL: login) },
                    { try await provider.revoke(tokens, loginURL: login) },
                    { _ = try await provider.assertIdentity(of: Fixture.user, loginURL: login) },
                    { _ = try await provider.identify(tokens) },
                    { _ = try await provider.tasks(TaskQuery(.open), session: session) },
                ] {
                    do {
                        try await call()
                    } catch let error as ProviderError {
                        var shown = ""
                        dump(error, to: &shown)
                        lines.append("\(error) \(shown)")
                    }
                }
            }
        }
        let all = lines.all
        #expect(all.count >= 5)
        for line in all {
            for secret in Self.secrets { #expect(!line.contains(secret)) }
        }
    }

    private static func withKey(_ provider: SalesforceProvider) throws -> SalesforceProvider {
        var configuration = provider.configuration
        configuration.assertionKey = try AssertionKey(
            pem: _RSA.Signing.PrivateKey(keySize: .bits2048).pemRepresentation
        )
        return SalesforceProvider(
            configuration: configuration,
            client: provider.wire.client,
            logger: provider.wire.logger
        )
    }

    @Test func interruptedCallSaysSo() async throws {
        try await StubServer.with(answering: { _, _ in .init(fault: .silent) }) { server, port in
            try await withProvider(loginPort: port) { provider in
                let error = try await providerError {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask {
                            _ = try await provider.tasks(
                                TaskQuery(.open),
                                session: Fixture.session(port: port)
                            )
                        }
                        await server.waitForRequest()
                        group.cancelAll()
                        try await group.waitForAll()
                    }
                }
                #expect(error.failure.reason == .internal)
                #expect(error.disposition == .retry(notBefore: nil))
            }
        }
    }
}
