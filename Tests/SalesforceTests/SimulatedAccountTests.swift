import Domain
import FoundationEssentials
import NIOHTTP1
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct SimulatedAccountTests {
    @Test func personConnectsRefreshesAndDisconnects() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let provider = salesforce.provider
            let tokens = try await salesforce.connect("jane@acme.com")
            let identity = try await provider.identify(tokens)
            #expect(identity.matches("JANE@acme.com"))
            let account = try await provider.probe(tokens, identity: identity)
            #expect(account.organizationName == "Acme")
            #expect(account.edition == "Enterprise Edition")
            #expect(!account.isSandbox)

            let renewed = try await provider.refresh(tokens, loginURL: salesforce.base)
            #expect(renewed.refresh != nil && renewed.refresh != tokens.refresh)
            #expect(try await provider.identify(renewed) == identity)

            try await provider.revoke(renewed, loginURL: salesforce.base)
            try await provider.revoke(renewed, loginURL: salesforce.base)
            let ended = try await providerError {
                try await provider.refresh(renewed, loginURL: salesforce.base)
            }
            #expect(ended.disposition == .reauthorize)
            #expect(ended.failure.reason == .grantRevoked)
        }
    }

    @Test func replayedRefreshTokenEndsTheGrant() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let provider = salesforce.provider
            let tokens = try await salesforce.connect("bob@acme.com")
            let renewed = try await provider.refresh(tokens, loginURL: salesforce.base)
            for old in [tokens, renewed] {
                let error = try await providerError {
                    try await provider.refresh(old, loginURL: salesforce.base)
                }
                #expect(error.disposition == .reauthorize)
            }
        }
    }

    @Test func denialComesBackAsARefusal() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let fields = try await salesforce.logIn("eve@acme.com", decision: "deny")
            let failure = salesforce.provider.failure(
                forRefusal: fields["error"] ?? "",
                description: fields["error_description"]
            )
            #expect(failure.reason == .authorizationDenied)
            #expect(fields["state"] == "the-state")
        }
    }

    @Test(arguments: [
        ("blocked", FailureReason.appBlocked), ("adminApproved", .appNotInstalled),
        ("notInstalled", .appNotInstalled),
    ])
    func appPolicyIsExplained(policy: String, reason: FailureReason) async throws {
        try await SimulatedSalesforce.with { salesforce in
            try await salesforce.control(
                .PATCH,
                "organizations/Acme",
                "{\"appPolicy\":\"\(policy)\"}"
            )
            let fields = try await salesforce.logIn("eve@acme.com")
            let failure = salesforce.provider.failure(
                forRefusal: fields["error"] ?? "",
                description: fields["error_description"]
            )
            #expect(failure.reason == reason)
        }
    }

    @Test func codeIsGoodOnce() async throws {
        try await SimulatedSalesforce.with { salesforce in
            try await salesforce.control(
                .POST,
                "faults",
                """
                {"kind":"oauthError","match":{"path":"/services/oauth2/token"},\
                "errorCode":"invalid_grant","message":"expired authorization code"}
                """
            )
            let error = try await providerError { try await salesforce.connect("jane@acme.com") }
            #expect(error.failure.reason == .codeRejected)
        }
    }

    @Test func organizationWithoutAPIIsNotEligible() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let tokens = try await salesforce.connect("hank@globex.com")
            let identity = try await salesforce.provider.identify(tokens)
            let error = try await providerError {
                try await salesforce.provider.probe(tokens, identity: identity)
            }
            #expect(error.disposition == .reject)
            #expect(error.failure.reason == .apiNotEnabled)
        }
    }

    @Test(arguments: [
        ("Professional Edition", "Buy API access"), ("Team Edition", "cannot have API access"),
        ("Unlimited Edition", "API Enabled"), ("Edition of Tomorrow", "upgrade"),
    ])
    func editionThatCanBeReadIsExplained(edition: String, advice: String) async throws {
        try await SimulatedSalesforce.with { salesforce in
            try await salesforce.control(
                .PATCH,
                "organizations/Globex",
                "{\"edition\":\"\(edition)\",\"organizationQueryable\":true}"
            )
            let tokens = try await salesforce.connect("hank@globex.com")
            let identity = try await salesforce.provider.identify(tokens)
            let error = try await providerError {
                try await salesforce.provider.probe(tokens, identity: identity)
            }
            #expect(error.disposition == .reject)
            #expect(error.failure.reason == .apiNotEnabled)
            #expect(error.failure.details["edition"] == edition)
            #expect(error.failure.remedy.contains(advice))
        }
    }

    @Test func codeIsSentAsItCame() async throws {
        try await SimulatedSalesforce.with { salesforce in
            try await salesforce.control(
                .PATCH,
                "settings",
                "{\"codeSuffix\":\"%2B+=&%25/ü\"}"
            )
            _ = try await salesforce.connect("bob@acme.com")
        }
    }

    @Test func rotatedAppIsTheOperatorsConcern() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let tokens = try await salesforce.connect("bob@acme.com")
            try await salesforce.control(.PATCH, "app", "{\"clientSecret\":\"new\"}")
            let error = try await providerError {
                try await salesforce.provider.refresh(tokens, loginURL: salesforce.base)
            }
            #expect(error.disposition == .operator)
            #expect(!error.isOutcomeUnknown)
        }
    }

    @Test func userWithoutAPIIsNotEligible() async throws {
        try await SimulatedSalesforce.with { salesforce in
            try await salesforce.control(.PATCH, "users/bob@acme.com", "{\"apiEnabled\":false}")
            let tokens = try await salesforce.connect("bob@acme.com")
            let identity = try await salesforce.provider.identify(tokens)
            let error = try await providerError {
                try await salesforce.provider.probe(tokens, identity: identity)
            }
            #expect(error.disposition == .reject)
            #expect([.apiNotEnabled, .apiNotPermitted].contains(error.failure.reason))
        }
    }

    @Test func racingRefreshIsTriedAgain() async throws {
        try await SimulatedSalesforce.with { salesforce in
            let tokens = try await salesforce.connect("jane@acme.com")
            try await salesforce.control(
                .POST,
                "faults",
                "{\"kind\":\"race\",\"match\":{\"path\":\"/services/oauth2/token\"}}"
            )
            let error = try await providerError {
                try await salesforce.provider.refresh(tokens, loginURL: salesforce.base)
            }
            #expect(error.disposition == .retry(notBefore: Fixture.now.advanced(by: 2)))
            _ = try await salesforce.provider.refresh(tokens, loginURL: salesforce.base)
        }
    }
}
