import AsyncHTTPClient
import Domain
import FoundationEssentials
import Logging
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct LogInTests {
    private func provider(
        loginURL: String = "https://login.salesforce.com",
        hosts: [String] = HostPattern.salesforce.map(\.description)
    ) -> SalesforceProvider {
        SalesforceProvider(
            configuration: SalesforceConfiguration(
                clientID: "3MVG9=+id",
                clientSecret: Secret("secret"),
                loginURL: loginURL,
                allowedHosts: hosts.compactMap(HostPattern.init)
            ),
            client: .shared,
            logger: .init(label: "test")
        )
    }

    @Test(arguments: [
        (LoginEnvironment.production, "https://login.salesforce.com"),
        (.sandbox, "https://test.salesforce.com"),
        (.host("acme.my.salesforce.com"), "https://acme.my.salesforce.com"),
        (.host("ACME.my.salesforce.com"), "https://acme.my.salesforce.com"),
    ])
    func environmentHasItsLogInHost(environment: LoginEnvironment, url: String) throws {
        #expect(try provider().loginURL(for: environment) == url)
    }

    @Test(arguments: [
        (LoginEnvironment.production, "http://127.0.0.1:8080"),
        (.sandbox, "http://127.0.0.1:8080"),
        (.host("127.0.0.1:8080"), "http://127.0.0.1:8080"),
        (.host("acme.my.salesforce.com"), "https://acme.my.salesforce.com"),
    ])
    func pretendSalesforceServesEveryEnvironment(
        environment: LoginEnvironment,
        url: String
    ) throws {
        let provider = provider(
            loginURL: "http://127.0.0.1:8080",
            hosts: ["127.0.0.1:8080", "*.my.salesforce.com"]
        )
        #expect(try provider.loginURL(for: environment) == url)
    }

    @Test(arguments: [
        "evil.example", "login.salesforce.com.evil.example", "https://acme.my.salesforce.com",
        "jane@acme.my.salesforce.com", "acme.my.salesforce.com/x", "acme.my.salesforce.com:8443",
        "127.0.0.1:8080", "", "acme.my.salesforce.com?x", "xn--cme-5cd.my.salesforce.com",
    ])
    func foreignLogInHostIsAFailure(host: String) throws {
        let failure = #expect(throws: Failure.self) {
            try provider().loginURL(for: .host(host))
        }
        #expect(failure?.reason == .providerRejected)
        #expect(failure?.remedy.contains("SALESFORCE_ALLOWED_HOSTS") == true)
    }

    @Test func authorizationURLSaysEverythingOnce() {
        let url = provider().authorizationURL(
            AuthorizationURLRequest(
                loginURL: "https://login.salesforce.com",
                redirectURI: "https://d.example/cb?a=b",
                state: Secret("s-t_a~te"),
                codeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
                loginHint: "jane+x@acme.com"
            )
        )
        #expect(
            url == "https://login.salesforce.com/services/oauth2/authorize?response_type=code"
                + "&client_id=3MVG9%3D%2Bid&redirect_uri=https%3A%2F%2Fd.example%2Fcb%3Fa%3Db"
                + "&state=s-t_a~te&scope=api%20refresh_token%20id&prompt=login"
                + "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
                + "&code_challenge_method=S256&login_hint=jane%2Bx%40acme.com"
        )
    }

    @Test(arguments: [
        ("access_denied", "end-user denied" as String?, FailureReason.authorizationDenied),
        ("access-denied", nil, .authorizationDenied),
        ("OAUTH_APP_BLOCKED", "this app is blocked by admin", .appBlocked),
        ("OAUTH_APP_ACCESS_DENIED", "user is not admin approved", .appNotInstalled),
        ("OAUTH_EC_APP_NOT_FOUND", "External client app is not installed", .appNotInstalled),
        ("invalid_client", "app must be installed into org", .appNotInstalled),
        ("invalid_client", "invalid client credentials", .providerRejected),
        ("invalid_scope", nil, .providerRejected),
        ("", nil, .providerRejected),
    ])
    func refusalIsExplained(error: String, description: String?, reason: FailureReason) {
        let failure = provider().failure(forRefusal: error, description: description)
        #expect(failure.reason == reason)
        #expect(!failure.message.isEmpty && !failure.remedy.isEmpty)
    }

    @Test(arguments: ["OAUTH_EC_APP_NOT_FOUND", "app_not_found"])
    func unknownAppNamesBothCauses(error: String) {
        let failure = provider().failure(forRefusal: error, description: nil)
        #expect(failure.reason == .appNotInstalled)
        for cause in ["Install", "host", "sandbox", "production"] {
            #expect(failure.remedy.contains(cause))
        }
    }

    @Test(arguments: [
        (Scope.user, "https://login.salesforce.com", "Setup → Connected Apps OAuth Usage"),
        (.user, "https://acme.my.salesforce.com", "OAUTH_APPROVAL_ERROR_GENERIC"),
        (.company, "https://login.salesforce.com", "choose sandbox for a sandbox user"),
        (.company, "https://login.salesforce.com", "Approve Uninstalled Connected Apps"),
        (.company, "https://test.salesforce.com", "choose production for a production user"),
        (.company, "https://acme.my.salesforce.com", "check the My Domain host"),
        (.company, "no URL", "check the My Domain host"),
    ])
    func browserThatNeverCameBackIsExplained(scope: Scope, loginURL: String, advice: String) {
        let failure = provider().failure(forExpiryOf: scope, loginURL: loginURL)
        #expect(failure.reason == .authorizationExpired)
        #expect(failure.message.contains("15 minutes"))
        #expect(failure.remedy.contains(advice))
        #expect(failure.remedy.contains("tart again"))
    }

    @Test func unknownRefusalIsNamedWithoutItsMarkup() {
        let error = "<b>bad</b>\n" + String(repeating: "x", count: 100)
        let failure = provider().failure(forRefusal: error, description: "<script>")
        let code = "bbadb" + String(repeating: "x", count: 59)
        #expect(failure.details == ["code": code])
        #expect(failure.message == "Salesforce refused the authorization: \(code).")
    }
}
