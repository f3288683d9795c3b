import Domain
import Testing

@testable import Salesforce

/// A second server that is not on the list: whatever Salesforce says, it must hear nothing.
@Suite(.timeLimit(.minutes(1)))
struct ForeignHostTests {
    private func withForeignServer(
        answering reply: @escaping @Sendable (_ foreign: Int) -> StubServer.Reply,
        _ body: @Sendable (SalesforceProvider, _ port: Int, _ foreign: Int) async throws -> Void
    ) async throws {
        try await StubServer.with(answering: { _, _ in .init(body: "{}") }) {
            foreign,
            foreignPort in
            try await StubServer.with(answering: { _, _ in reply(foreignPort) }) { _, port in
                try await withProvider(loginPort: port) { provider in
                    try await body(provider, port, foreignPort)
                }
            }
            #expect(foreign.requests.isEmpty)
        }
    }

    @Test func redirectsAreNotFollowed() async throws {
        try await withForeignServer { foreign in
            .init(status: 307, headers: ["Location": "http://127.0.0.1:\(foreign)/"])
        } _: { provider, port, _ in
            let tokens = Fixture.tokens(port: port)
            let login = "http://127.0.0.1:\(port)"
            let session = Fixture.session(port: port)
            for call: () async throws -> Void in [
                { _ = try await provider.exchange(Fixture.codeExchange(port: port)) },
                { _ = try await provider.refresh(tokens, loginURL: login) },
                { try await provider.revoke(tokens, loginURL: login) },
                { _ = try await provider.identify(tokens) },
                { _ = try await provider.probe(tokens, identity: Fixture.identity()) },
                { _ = try await provider.tasks(TaskQuery(.open), session: session) },
                { _ = try await provider.openTaskIDs(session: session) },
                { _ = try await provider.fates(of: [Fixture.taskID(1)], session: session) },
            ] {
                _ = try await providerError(call)
            }
        }
    }

    @Test func foreignLogInHostGetsNoSecret() async throws {
        try await withForeignServer { _ in
            .init()
        } _: { provider, port, foreign in
            let tokens = Fixture.tokens(port: port)
            let login = "http://127.0.0.1:\(foreign)"
            for call: () async throws -> Void in [
                { _ = try await provider.exchange(Fixture.codeExchange(port: foreign)) },
                { _ = try await provider.refresh(tokens, loginURL: login) },
                { try await provider.revoke(tokens, loginURL: login) },
            ] {
                let error = try await providerError(call)
                #expect(error.disposition == .operator)
            }
        }
    }

    @Test func foreignInstanceGetsNoToken() async throws {
        try await withForeignServer { _ in
            .init()
        } _: { provider, port, foreign in
            let tokens = Fixture.tokens(port: port, instancePort: foreign, identityPort: foreign)
            let session = Fixture.session(port: foreign)
            for call: () async throws -> Void in [
                { _ = try await provider.identify(tokens) },
                { _ = try await provider.probe(tokens, identity: Fixture.identity()) },
                { _ = try await provider.tasks(TaskQuery(.open), session: session) },
                { _ = try await provider.openTaskIDs(session: session) },
                { _ = try await provider.fates(of: [Fixture.taskID(1)], session: session) },
            ] {
                let error = try await providerError(call)
                #expect(error.disposition == .operator)
            }
        }
    }

    @Test(arguments: ["http://127.0.0.1:PORT/services/data/x", "//127.0.0.1:PORT/services/data/x"])
    func foreignContinuationIsRefused(next: String) async throws {
        try await withForeignServer { foreign in
            let next = next.replacing("PORT", with: "\(foreign)")
            return .init(body: Fixture.page([Fixture.task(1)], next: next))
        } _: { provider, port, _ in
            let session = Fixture.session(port: port)
            let error = try await providerError {
                try await provider.tasks(TaskQuery(.open), session: session)
            }
            #expect(error.disposition == .operator)
        }
    }
}
