import AsyncHTTPClient
import Domain
import FoundationEssentials
import Logging
import Testing

@testable import Salesforce

/// Runs `body` with a provider that may speak to the given loopback ports and hosts, and to nothing
/// else.
func withProvider<Result>(
    loginPort: Int,
    ports: [Int] = [],
    hosts: [HostPattern] = [],
    pageSize: Int = 2000,
    timeout: Duration = .seconds(10),
    clientID: String = "the-client",
    clientSecret: Secret = Secret("the+client=secret%"),
    logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
    _ body: (SalesforceProvider) async throws -> Result
) async throws -> Result {
    let client = SalesforceProvider.makeHTTPClient(maximumConnections: 8)
    let provider = SalesforceProvider(
        configuration: SalesforceConfiguration(
            clientID: clientID,
            clientSecret: clientSecret,
            loginURL: "http://127.0.0.1:\(loginPort)",
            allowedHosts: ([loginPort] + ports).flatMap { port in
                ["127.0.0.1", "localhost"].compactMap { HostPattern("\($0):\(port)") }
            } + hosts,
            pageSize: pageSize,
            tokenTimeout: timeout,
            requestTimeout: timeout
        ),
        client: client,
        logger: logger,
        now: { Fixture.now }
    )
    do {
        let result = try await body(provider)
        try await client.shutdown()
        return result
    } catch {
        try await client.shutdown()
        throw error
    }
}

/// What the tests have in common.
enum Fixture {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)
    static let user = "005B0000005Bk90IAC"
    static let organization = "00DB0000000TfcRMAS"

    static func tokens(port: Int, instancePort: Int? = nil, identityPort: Int? = nil) -> Tokens {
        Tokens(
            access: Secret("00D!access"),
            refresh: Secret("5Aep+/=refresh"),
            instanceURL: "http://127.0.0.1:\(instancePort ?? port)",
            identityURL: "http://127.0.0.1:\(identityPort ?? port)/id/\(organization)/\(user)"
        )
    }

    static func session(port: Int) -> ProviderSession {
        ProviderSession(
            accessToken: Secret("00D!access"),
            instanceURL: "http://127.0.0.1:\(port)",
            accountID: user
        )
    }

    static func codeExchange(port: Int) -> CodeExchange {
        CodeExchange(
            loginURL: "http://127.0.0.1:\(port)",
            redirectURI: "https://dashboard.example/callback",
            code: Secret("aPrx+/=%=="),
            verifier: Secret("verifier")
        )
    }

    static func identity() -> ProviderIdentity {
        ProviderIdentity(
            accountID: user,
            organizationID: organization,
            username: "jane@acme.com",
            displayName: "Jane",
            email: "jane@acme.com"
        )
    }

    /// A task as JSON, its id made of a number.
    static func task(
        _ number: Int,
        subject: String = "\"Call\"",
        at timestamp: String = "2026-05-01T10:15:30.000+0000",
        more: String = ""
    ) -> String {
        """
        {"attributes":{"type":"Task"},"Id":"\(taskID(number))","Subject":\(subject),\
        "Status":"In Progress","Priority":"High","ActivityDate":"2026-05-01","IsClosed":false,\
        "OwnerId":"\(user)","SystemModstamp":"\(timestamp)","WhatId":null,"What":null,\
        "WhoId":null,"Who":null\(more)}
        """
    }

    static func taskID(_ number: Int) -> String {
        let digits = String(number)
        let short = "00T" + String(repeating: "0", count: 12 - digits.count) + digits
        return SalesforceID(short)?.text ?? short
    }

    static func page(_ records: [String], next: String? = nil) -> String {
        let more = next.map { ",\"nextRecordsUrl\":\"\($0)\"" } ?? ""
        return
            "{\"totalSize\":9,\"done\":\(next == nil)\(more),\"records\":[\(records.joined(separator: ","))]}"
    }
}

/// The error a call throws; fails the test when it throws none.
func providerError<Value>(
    _ body: () async throws -> Value
) async throws -> ProviderError {
    let error = await #expect(throws: ProviderError.self) { _ = try await body() }
    return try #require(error)
}
