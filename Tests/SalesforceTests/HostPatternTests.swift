import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct HostPatternTests {
    @Test(arguments: [
        ("login.salesforce.com", "https://login.salesforce.com"),
        ("login.salesforce.com", "HTTPS://LOGIN.Salesforce.com:443/services"),
        ("*.my.salesforce.com", "https://acme.my.salesforce.com"),
        ("*.my.salesforce.com", "https://acme--dev.sandbox.my.salesforce.com/x?y=z"),
        ("*.Sandbox.my.salesforce.com", "https://acme--dev.sandbox.my.salesforce.com"),
        ("acme.example:8443", "https://acme.example:8443"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("127.0.0.1:8080", "https://127.0.0.1:8080"),
        ("localhost:*", "http://localhost:1"),
        ("localhost:*", "http://localhost:65535/id"),
        ("localhost", "http://localhost"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ])
    func allowedHostMatches(pattern: String, url: String) throws {
        let pattern = try #require(HostPattern(pattern))
        #expect(pattern.matches(try #require(ServiceURL(url))))
    }

    @Test(arguments: [
        ("login.salesforce.com", "http://login.salesforce.com"),
        ("login.salesforce.com", "https://login.salesforce.com:8443"),
        ("login.salesforce.com", "https://login.salesforce.com.evil.example"),
        ("login.salesforce.com", "https://xlogin.salesforce.com"),
        ("login.salesforce.com", "https://evil.example/login.salesforce.com"),
        ("*.my.salesforce.com", "https://my.salesforce.com"),
        ("*.my.salesforce.com", "https://evilmy.salesforce.com"),
        ("*.my.salesforce.com", "https://acme.my.salesforce.com.evil.example"),
        ("*.my.salesforce.com", "https://acme.my-salesforce.com"),
        ("*.my.salesforce.com", "https://xn--cme-5cd.my.salesforce.com"),
        ("*.my.salesforce.com", "http://acme.my.salesforce.com"),
        ("127.0.0.1:8080", "http://127.0.0.1:8081"),
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("localhost:*", "http://localhost.evil.example:80"),
        ("localhost:*", "http://127.0.0.1:80"),
        ("127.0.0.1:8080", "http://[::ffff:127.0.0.1]:8080"),
    ])
    func lookAlikeDoesNotMatch(pattern: String, url: String) throws {
        let pattern = try #require(HostPattern(pattern))
        #expect(!pattern.matches(try #require(ServiceURL(url))))
    }

    @Test(arguments: [
        "", "*", "*.com", "*.*.com", "a.*.com", "https://a.com", "a.com/", "a.com:", "a.com:0",
        "a.com:65536", "a.com:*", "*.127.0.0.1", "a..com", "a.com.", ".a.com", "a b.com",
        "user@a.com", "acme.com:1:*", "-a.com", "böcher.example",
    ])
    func malformedPatternIsRefused(text: String) {
        #expect(HostPattern(text) == nil)
    }

    @Test(arguments: ["login.salesforce.com", "*.my.salesforce.com", "localhost:*", "a.b:81"])
    func describesItselfAsWritten(text: String) throws {
        #expect(try #require(HostPattern(text)).description == text)
    }

    @Test(arguments: [
        "", "login.salesforce.com", "//login.salesforce.com", "ftp://login.salesforce.com",
        "https://", "https:///x", "https://jane@login.salesforce.com",
        "https://login.salesforce.com@evil.example", "https://login.salesforce.com\\@evil.example",
        "https://login.salesforce.com:443@evil.example", "https://login.salesforce.com#@evil",
        "https://login.salesforce.com%2eevil.example", "https://login.salesforce.com.",
        "https://login.salesforce.com:", "https://login.salesforce.com:99999",
        "https://login.salesforce.com:+1", "https://login..salesforce.com",
        "https://login.salesforce.com\n.evil.example", "https://lоgin.salesforce.com",
        "https://login.salesforce.com?@evil.example", "https://[::1", "https://[evil.example]",
        " https://login.salesforce.com",
    ])
    func ambiguousURLIsRefused(text: String) {
        #expect(ServiceURL(text) == nil)
    }

    @Test func onlyTheSameOriginContinuesAnAnswer() throws {
        let policy = HostPolicy(patterns: HostPattern.salesforce)
        let instance = try #require(policy.admit("https://acme.my.salesforce.com"))
        let path = "/services/data/v67.0/query/0r8x-2000"
        #expect(policy.resolve(path, at: instance)?.text == instance.text + path)
        #expect(policy.resolve(instance.text + path, at: instance) != nil)
        for next in [
            "https://evil.example" + path, "https://other.my.salesforce.com" + path,
            "//evil.example" + path, "/\\evil.example", "@evil.example" + path, "/other", "",
        ] {
            #expect(policy.resolve(next, at: instance) == nil, "\(next)")
        }
    }
}
