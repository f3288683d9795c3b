import CryptoExtras
import Domain
import FoundationEssentials
import Logging
import Testing

@testable import Salesforce

/// Hosts that a person, or another URL parser, may take for Salesforce's: none gets a request,
/// wherever it is named.
///
/// One after the other: two hundred servers side by side would starve everyone's connections.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct LookAlikeHostTests {
    /// As they stand behind `https://`.
    static let hosts = [
        "salesforce.com.evil.example", "login.salesforce.com.evil.example",
        "LOGIN.SALESFORCE.COM.evil.example", "acme.my.salesforce.com.evil.example",
        "evil.example/login.salesforce.com", "evil.example?login.salesforce.com",
        "evil.example#login.salesforce.com", "evil.example/@login.salesforce.com",
        "login.salesforce.com@evil.example", "login.salesforce.com:443@evil.example",
        "jane:geheim@login.salesforce.com", "@login.salesforce.com",
        "login.salesforce.com:8443", "acme.my.salesforce.com:8443", "login.salesforce.com:80",
        "login.salesforce.com:", "login.salesforce.com:443:443", "login.salesforce.com:0x1bb",
        "[::1]", "[::1]:443", "[2001:db8::1]", "[::ffff:127.0.0.1]", "[login.salesforce.com]",
        "192.0.2.1", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1",
        "xn--cme-5cd.my.salesforce.com", "a.xn--cme-5cd.my.salesforce.com",
        "XN--cme-5cd.my.salesforce.com",
        "login.salesforce.com.", "acme.my.salesforce.com..", "login.salesforce.com\t",
        "login.salesforce.com\t.evil.example", "login.salesforce.com\n.evil.example",
        "login.salesforce.com\r\n", "login.salesforce.com\r\nHost: evil.example",
        "login.sales\u{0}force.com", "login.salesforce.com evil.example",
        "login.salesforce.com\\@evil.example", "evil.example\\login.salesforce.com",
        "login.salesforce.com\\.evil.example", "login%2esalesforce.com",
        "login%2Esalesforce%2Ecom", "login.salesforce.com%2eevil.example",
        "login.salesforce.com%00.evil.example", "%6cogin.salesforce.com",
        "login\u{FF0E}salesforce\u{FF0E}com", "login\u{3002}salesforce\u{3002}com",
        "acme.my\u{FF61}salesforce.com", "lоgin.salesforce.com", "acme.my.ſalesforce.com",
        "login.salesforce\u{200B}.com", "login.saleſforce.com", "lo\u{AD}gin.salesforce.com",
        "login..salesforce.com", ".my.salesforce.com", ".login.salesforce.com",
        "my.salesforce.com", "evilmy.salesforce.com", "acme.my-salesforce.com",
        "-acme.my.salesforce.com", "acme_.my.salesforce.com", "", ".",
    ]

    /// Whole URLs, none of which names an allowed host over an allowed scheme.
    static let urls =
        hosts.map { "https://" + $0 } + [
            "http://login.salesforce.com", "http://acme.my.salesforce.com",
            "http://login.salesforce.com:443", "http://127.0.0.1", "http://[::1]:80",
            "ftp://login.salesforce.com", "login.salesforce.com", "//login.salesforce.com",
            "https:login.salesforce.com", "https:/login.salesforce.com",
            "https:\\\\login.salesforce.com", "https:///login.salesforce.com",
            "ht\ntps://login.salesforce.com", " https://login.salesforce.com",
            "https ://login.salesforce.com", "javascript:alert(1)", "data:,x", "/", "",
        ]

    private static let key = Result {
        try AssertionKey(pem: _RSA.Signing.PrivateKey(keySize: .bits2048).pemRepresentation)
    }

    /// Gives a provider that may speak to Salesforce and to one loopback port; tells what it sent.
    private static func calls(
        port: Int,
        _ body: (SalesforceProvider) async throws -> Void
    ) async throws -> Int {
        let lines = Lines()
        let key = try key.get()
        try await withProvider(loginPort: port, hosts: HostPattern.salesforce) { provider in
            var configuration = provider.configuration
            configuration.assertionKey = key
            try await body(
                SalesforceProvider(
                    configuration: configuration,
                    client: provider.wire.client,
                    logger: Logger(
                        label: "test",
                        factory: { _ in RecordingLogHandler(lines: lines) }
                    )
                )
            )
        }
        return lines.all.count { $0.contains("Called Salesforce") }
    }

    private static func expectRefusal(_ call: () async throws -> Void) async throws {
        let error = try await providerError(call)
        #expect(error.disposition == .operator)
        #expect(error.failure == .hostNotAllowed)
        #expect(!error.isOutcomeUnknown)
    }

    @Test(arguments: hosts + ["https://login.salesforce.com", "http://login.salesforce.com"])
    func logInHostIsAFailure(host: String) async throws {
        let sent = try await Self.calls(port: 1) { provider in
            let failure = #expect(throws: Failure.self) {
                try provider.loginURL(for: .host(host))
            }
            #expect(failure == .loginHostNotAllowed)
        }
        #expect(sent == 0)
    }

    @Test(arguments: [
        ("LOGIN.SALESFORCE.COM", "https://login.salesforce.com"),
        ("Test.Salesforce.com", "https://test.salesforce.com"),
        ("Acme--Dev.Sandbox.MY.salesforce.com", "https://acme--dev.sandbox.my.salesforce.com"),
        ("login.salesforce.com:443", "https://login.salesforce.com"),
    ])
    func upperCaseHasItsNormalForm(host: String, url: String) async throws {
        _ = try await Self.calls(port: 1) { provider in
            try #expect(provider.loginURL(for: .host(host)) == url)
            #expect(provider.hosts.admit("HTTPS://" + host + "/")?.text == url)
        }
    }

    @Test(arguments: urls)
    func logInURLGetsNoSecret(url: String) async throws {
        let tokens = Fixture.tokens(port: 1)
        var exchange = Fixture.codeExchange(port: 1)
        exchange.loginURL = url
        let sent = try await Self.calls(port: 1) { provider in
            for call: () async throws -> Void in [
                { _ = try await provider.exchange(exchange) },
                { _ = try await provider.refresh(tokens, loginURL: url) },
                { try await provider.revoke(tokens, loginURL: url) },
                { _ = try await provider.assertIdentity(of: "jane@acme.com", loginURL: url) },
            ] {
                try await Self.expectRefusal(call)
            }
        }
        #expect(sent == 0)
    }

    @Test(arguments: urls)
    func instanceURLAndIdentityURLGetNoToken(url: String) async throws {
        var tokens = Fixture.tokens(port: 1)
        tokens.identityURL = url.isEmpty ? url : url + "/id/00D/005"
        tokens.instanceURL = url
        let session = ProviderSession(
            accessToken: tokens.access,
            instanceURL: url,
            accountID: Fixture.user
        )
        let sent = try await Self.calls(port: 1) { [tokens] provider in
            for call: () async throws -> Void in [
                { _ = try await provider.identify(tokens) },
                { _ = try await provider.probe(tokens, identity: Fixture.identity()) },
                { _ = try await provider.tasks(TaskQuery(.open), session: session) },
                { _ = try await provider.openTaskIDs(session: session) },
                { _ = try await provider.fates(of: [Fixture.taskID(1)], session: session) },
            ] {
                try await Self.expectRefusal(call)
            }
        }
        #expect(sent == 0)
    }

    // A header loses the spaces at its ends, and a path alone stays at the same host.
    @Test(arguments: urls.filter { !["", "/"].contains($0) && !$0.hasPrefix(" ") })
    func redirectOfTheIdentityURLIsNotFollowed(url: String) async throws {
        let reply = StubServer.Reply(status: 302, headers: ["Location": url + "/id/00D/005"])
        try await StubServer.with(answering: { _, _ in reply }) { server, port in
            let sent = try await Self.calls(port: port) { provider in
                try await Self.expectRefusal {
                    _ = try await provider.identify(Fixture.tokens(port: port))
                }
            }
            #expect(sent == 1)
            #expect(server.requests.count == 1)
        }
    }

    private static let path = "/services/data/v67.0/query/0r8x-2000"

    @Test(
        arguments: urls.filter { !["", "/"].contains($0) }.map { $0 + path } + [
            "https://login.salesforce.com" + path, "https://acme.my.salesforce.com" + path,
            "/\\evil.example" + path, "/\t/evil.example" + path, "@evil.example" + path,
            ".evil.example" + path, ":8443" + path, "services/data/x", "?x", "",
        ]
    )
    func continuationIsNotFollowed(next: String) async throws {
        let text = String(decoding: try JSONEncoder().encode([next]), as: UTF8.self)
        let reply = StubServer.Reply(
            body: "{\"totalSize\":9,\"done\":false,\"records\":[],\"nextRecordsUrl\":"
                + "\(text.dropFirst().dropLast())}"
        )
        try await StubServer.with(answering: { _, _ in reply }) { server, port in
            let sent = try await Self.calls(port: port) { provider in
                try await Self.expectRefusal {
                    _ = try await provider.tasks(
                        TaskQuery(.open),
                        session: Fixture.session(port: port)
                    )
                }
            }
            #expect(sent == 1)
            #expect(server.requests.count == 1)
        }
    }
}
