import Domain
import Glibc
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct TokenCallsTests {
    private func refreshing(
        _ reply: StubServer.Reply,
        timeout: Duration = .seconds(10)
    ) async throws -> (ProviderError, requests: Int) {
        try await StubServer.with(answering: { _, _ in reply }) { server, port in
            try await withProvider(loginPort: port, timeout: timeout) { provider in
                let error = try await providerError {
                    try await provider.refresh(
                        Fixture.tokens(port: port),
                        loginURL: "http://127.0.0.1:\(port)"
                    )
                }
                return (error, server.requests.count)
            }
        }
    }

    @Test func codeIsSentEncodedOnce() async throws {
        let body = """
            {"access_token":"00D!new","refresh_token":"5Aep!","scope":"api","token_type":"Bearer",\
            "instance_url":"https://acme.my.salesforce.com","id":"https://x/id/00D/005",\
            "issued_at":"1676372418560","signature":"VA0jxT+xl3H="}
            """
        try await StubServer.with(answering: { _, _ in .init(body: body) }) { server, port in
            try await withProvider(loginPort: port) { provider in
                let tokens = try await provider.exchange(Fixture.codeExchange(port: port))
                #expect(tokens.access == Secret("00D!new"))
                #expect(tokens.refresh == Secret("5Aep!"))
                #expect(tokens.instanceURL == "https://acme.my.salesforce.com")
            }
            let request = try #require(server.requests.first)
            #expect(request.method == "POST")
            #expect(request.target == "/services/oauth2/token")
            #expect(request.authorization == nil)
            #expect(
                request.body == "grant_type=authorization_code&code=aPrx%2B%2F%3D%25%3D%3D"
                    + "&redirect_uri=https%3A%2F%2Fdashboard.example%2Fcallback"
                    + "&code_verifier=verifier&client_id=the-client"
                    + "&client_secret=the%2Bclient%3Dsecret%25"
            )
        }
    }

    @Test func rotatedTokenAndMovedInstanceComeBack() async throws {
        let body = """
            {"access_token":"00D!two","refresh_token":"5Aep2","instance_url":"https://b.example"}
            """
        try await StubServer.with(answering: { _, _ in .init(body: body) }) { server, port in
            let tokens = Fixture.tokens(port: port)
            let renewed = try await withProvider(loginPort: port) { provider in
                try await provider.refresh(tokens, loginURL: "http://127.0.0.1:\(port)")
            }
            #expect(renewed.refresh == Secret("5Aep2"))
            #expect(renewed.instanceURL == "https://b.example")
            #expect(renewed.identityURL == tokens.identityURL)
            #expect(
                server.requests.first?.body
                    == "grant_type=refresh_token&refresh_token=5Aep%2B%2F%3Drefresh"
                    + "&client_id=the-client&client_secret=the%2Bclient%3Dsecret%25"
            )
        }
    }

    @Test func refreshWithoutANewTokenKeepsTheOldOne() async throws {
        try await StubServer.with(answering: { _, _ in .init(body: "{\"access_token\":\"x\"}") }) {
            _,
            port in
            let renewed = try await withProvider(loginPort: port) { provider in
                try await provider.refresh(
                    Fixture.tokens(port: port),
                    loginURL: "http://127.0.0.1:\(port)"
                )
            }
            #expect(renewed.refresh == nil)
            #expect(renewed.instanceURL == "http://127.0.0.1:\(port)")
        }
    }

    @Test(arguments: [
        StubServer.Reply(status: 503, body: "<html>maintenance</html>"),
        StubServer.Reply(body: "<html>a proxy's page</html>"),
        StubServer.Reply(body: ""),
        StubServer.Reply(body: "{\"access_token\":\"00D!secret"),
        StubServer.Reply(body: "{\"access_token\":\"00D!secret\"}", fault: .truncated),
        StubServer.Reply(body: String(repeating: " ", count: 300 * 1024)),
    ])
    func unclearRefreshIsAmbiguousAndNotRepeated(reply: StubServer.Reply) async throws {
        let (error, requests) = try await refreshing(reply)
        #expect(error.failure.reason == .grantAmbiguous)
        #expect(error.disposition == .retry(notBefore: nil))
        #expect(error.isOutcomeUnknown)
        #expect(requests == 1)
        #expect(!"\(error) \(error.failure)".contains("00D!secret"))
    }

    @Test(arguments: [StubServer.Reply.Fault.silent, .stalled])
    func refreshEndsAtItsDeadline(fault: StubServer.Reply.Fault) async throws {
        let reply = StubServer.Reply(body: "{\"access_token\":\"x\"}", fault: fault)
        let (error, requests) = try await refreshing(reply, timeout: .seconds(2))
        #expect(error.failure.reason == .grantAmbiguous)
        #expect(requests == 1)
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func refreshThatNeverLeftIsNotAmbiguous(host: String) async throws {
        let error = try await withRefusingPort { port in
            try await withProvider(loginPort: port) { provider in
                try await providerError {
                    try await provider.refresh(
                        Fixture.tokens(port: port),
                        loginURL: "http://\(host):\(port)"
                    )
                }
            }
        }
        #expect(error.failure.reason == .providerUnavailable)
        #expect(error.disposition == .retry(notBefore: nil))
        #expect(!error.isOutcomeUnknown)
    }

    @Test(arguments: [
        StubServer.Reply(),
        StubServer.Reply(status: 400, body: "{\"error\":\"invalid_token\"}"),
        StubServer.Reply(status: 400, body: "{\"error\":\"unsupported_token_type\"}"),
    ])
    func grantThatHasEndedIsRevoked(reply: StubServer.Reply) async throws {
        try await StubServer.with(answering: { _, _ in reply }) { server, port in
            try await withProvider(loginPort: port) { provider in
                try await provider.revoke(
                    Fixture.tokens(port: port),
                    loginURL: "http://127.0.0.1:\(port)"
                )
            }
            #expect(server.requests.map(\.target) == ["/services/oauth2/revoke"])
            #expect(server.requests.first?.body == "token=5Aep%2B%2F%3Drefresh")
        }
    }

    @Test func failedRevocationIsAnError() async throws {
        try await StubServer.with(answering: { _, _ in .init(status: 503) }) { _, port in
            try await withProvider(loginPort: port) { provider in
                let error = try await providerError {
                    try await provider.revoke(
                        Fixture.tokens(port: port),
                        loginURL: "http://127.0.0.1:\(port)"
                    )
                }
                #expect(error.failure.reason == .providerUnavailable)
            }
        }
    }
}

/// Lends a port that is taken, so that nobody else gets it, and that nobody listens on.
private func withRefusingPort<Result>(_ body: (Int) async throws -> Result) async throws -> Result {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
    }
    try #require(bound)
    return try await body(Int(UInt16(bigEndian: address.sin_port)))
}
