import Domain
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct AccountCallsTests {
    private static let identity = """
        {"user_id":"005B0000005Bk90","organization_id":"00DB0000000TfcR","username":"jane@acme.com",\
        "display_name":"Jane","email":"jane@acme.com","active":true,"photos":{"picture":"x"}}
        """

    @Test func identityIsNormalized() async throws {
        try await StubServer.with(answering: { _, _ in .init(body: Self.identity) }) {
            server,
            port in
            let identity = try await withProvider(loginPort: port) { provider in
                try await provider.identify(Fixture.tokens(port: port))
            }
            #expect(identity == Fixture.identity())
            #expect(server.requests.first?.authorization == "Bearer 00D!access")
        }
    }

    @Test func identityFollowsOneRedirectToTheInstance() async throws {
        let target = "/id/\(Fixture.organization)/\(Fixture.user)"
        try await StubServer.with(answering: { _, _ in .init(body: Self.identity) }) {
            instance,
            instancePort in
            let reply = StubServer.Reply(
                status: 302,
                headers: ["Location": "http://127.0.0.1:\(instancePort)\(target)?v=1"]
            )
            try await StubServer.with(answering: { _, _ in reply }) { login, port in
                let identity = try await withProvider(loginPort: port, ports: [instancePort]) {
                    try await $0.identify(Fixture.tokens(port: port))
                }
                #expect(identity == Fixture.identity())
                #expect(login.requests.map(\.target) == [target])
                #expect(instance.requests.map(\.target) == [target + "?v=1"])
            }
        }
    }

    @Test func secondRedirectIsNotFollowed() async throws {
        try await StubServer.with(answering: { request, _ in
            .init(status: 302, headers: ["Location": request.target])
        }) { server, port in
            let error = try await withProvider(loginPort: port) { provider in
                try await providerError {
                    try await provider.identify(Fixture.tokens(port: port))
                }
            }
            #expect(error.disposition == .operator)
            #expect(server.requests.count == 2)
        }
    }

    @Test(arguments: [
        ("{\"user_id\":\"' OR\",\"organization_id\":\"00DB0000000TfcR\"}", 200),
        ("{\"user_id\":\"005B0000005Bk90\"}", 200), ("<html>", 200), ("", 200),
    ])
    func senselessIdentityIsTriedAgain(body: String, status: Int) async throws {
        try await StubServer.with(answering: { _, _ in .init(status: status, body: body) }) {
            _,
            port in
            let error = try await withProvider(loginPort: port) { provider in
                try await providerError {
                    try await provider.identify(Fixture.tokens(port: port))
                }
            }
            #expect(error.disposition == .retry(notBefore: nil))
            #expect(error.failure.reason == .providerUnavailable)
        }
    }

    private func probing(
        organization: StubServer.Reply,
        tasks: StubServer.Reply = .init(body: Fixture.page([]))
    ) async throws -> ProviderAccount {
        try await StubServer.with(answering: { request, _ in
            request.target.contains("Organization") ? organization : tasks
        }) { _, port in
            try await withProvider(loginPort: port) { provider in
                try await provider.probe(
                    Fixture.tokens(port: port),
                    identity: Fixture.identity()
                )
            }
        }
    }

    private static func organization(
        _ edition: String,
        id: String = Fixture.organization
    ) -> StubServer.Reply {
        .init(
            body: Fixture.page([
                """
                {"Id":"\(id)","Name":"Acme","OrganizationType":"\(edition)","IsSandbox":true,\
                "InstanceName":"EU1"}
                """
            ])
        )
    }

    private static let apiDisabled = StubServer.Reply(
        status: 403,
        body: """
            [{"errorCode":"API_DISABLED_FOR_ORG","message":"The REST API is not enabled."}]
            """
    )

    @Test(arguments: ["Enterprise Edition", "Edition of Tomorrow"])
    func organizationWithAPIHasAnAccount(edition: String) async throws {
        let account = try await probing(organization: Self.organization(edition))
        #expect(account.organizationName == "Acme")
        #expect(account.edition == edition)
        #expect(account.isSandbox)
        #expect(account.username == "jane@acme.com")
        #expect(account.instanceURL.hasPrefix("http://127.0.0.1:"))
    }

    @Test func organizationWithoutAPIIsExplained() async throws {
        let error = try await providerError { try await probing(organization: Self.apiDisabled) }
        #expect(error.disposition == .reject)
        #expect(error.failure.reason == .apiNotEnabled)
        #expect(error.failure.details == ["code": "API_DISABLED_FOR_ORG"])
    }

    @Test(arguments: [
        ("Professional Edition", "Buy API access"), ("Enterprise Edition", "API Enabled"),
        ("Edition of Tomorrow", "upgrade"),
    ])
    func refusedTasksAreExplainedByTheEdition(edition: String, advice: String) async throws {
        let error = try await providerError {
            try await probing(
                organization: Self.organization(edition),
                tasks: Self.apiDisabled
            )
        }
        #expect(error.disposition == .reject)
        #expect(error.failure.reason == .apiNotEnabled)
        #expect(error.failure.remedy.contains(advice))
        #expect(
            error.failure.details == ["edition": edition, "code": "API_DISABLED_FOR_ORG"]
        )
    }

    @Test(arguments: [(403, "INSUFFICIENT_ACCESS"), (400, "INVALID_TYPE"), (400, "INVALID_FIELD")])
    func organizationThatCannotBeReadDecidesNothing(status: Int, code: String) async throws {
        let hidden = StubServer.Reply(status: status, body: "[{\"errorCode\":\"\(code)\"}]")
        let account = try await probing(organization: hidden)
        #expect(account.edition == "" && account.organizationID == Fixture.organization)
        let error = try await providerError {
            try await probing(organization: hidden, tasks: Self.apiDisabled)
        }
        #expect(error.failure.reason == .apiNotEnabled)
        #expect(error.failure.details == ["code": "API_DISABLED_FOR_ORG"])
        let refused = try await providerError {
            try await probing(organization: hidden, tasks: hidden)
        }
        #expect(refused.failure.reason == .apiNotPermitted)
    }

    @Test func userWithoutAPIIsExplained() async throws {
        let error = try await providerError {
            try await probing(
                organization: Self.organization("Enterprise Edition"),
                tasks: .init(status: 403, body: "[{\"errorCode\":\"API_CURRENTLY_DISABLED\"}]")
            )
        }
        #expect(error.disposition == .reject)
        #expect(error.failure.reason == .apiNotPermitted)
    }

    @Test func anotherOrganizationIsAMismatch() async throws {
        let error = try await providerError {
            try await probing(
                organization: Self.organization("Enterprise Edition", id: "00DB0000000OtheRAA")
            )
        }
        #expect(error.failure.reason == .organizationMismatch)
    }
}
