import Domain
import FoundationEssentials
import Logging
import Store

/// Works off `integration.enable.v1` and `integration.authorize.v1`.
struct AuthorizationHandler: Sendable {
    let providers: [ProviderID: any Provider]
    let redirectURIs: Set<String>
    let store: Store
    let sessions: Sessions
    let logger: Logger
    let now: @Sendable () -> Date

    // MARK: - Enable

    func enable(_ request: EnableRequest) async throws -> Completion.Work {
        let failed = { (failure: Failure) in
            Completion.Work.failed(
                request.companyID,
                request.provider,
                request.scope,
                request.actor.userID,
                failure
            )
        }
        guard let provider = providers[request.provider] else {
            return failed(Failure(.unknownProvider))
        }
        guard redirectURIs.contains(request.redirectURI) else {
            return failed(Failure(.redirectNotAllowed))
        }
        let integration = try await store.integration(
            of: request.companyID,
            with: request.provider
        )
        if let failure = AuthorizationPolicy.refusal(
            of: request.scope,
            by: request.actor,
            integration: integration.state
        ) {
            return failed(failure)
        }
        let loginURL: String
        do throws(Failure) {
            loginURL = try provider.loginURL(for: request.environment)
        } catch {
            return failed(error)
        }
        let connected = try await connectedAccount(of: request, integration)
        return attempt(
            request,
            provider,
            loginURL: loginURL,
            loginHint: request.expectedAccount ?? connected?.username
        )
    }

    /// Whose account a person has connected here: they are spared typing it again.
    private func connectedAccount(
        of request: EnableRequest,
        _ integration: CompanyIntegration
    ) async throws -> Grant? {
        guard request.scope == .user else { return nil }
        let owner = TaskOwner(
            companyID: request.companyID,
            userID: request.actor.userID,
            provider: request.provider
        )
        return try await account(of: try await store.connection(of: owner), in: integration)
    }

    /// The account a person has connected and must come back with: `nil` when they have none, or when
    /// the company has moved to another organization since.
    func account(
        of connection: UserConnection,
        in integration: CompanyIntegration
    ) async throws -> Grant? {
        guard connection.state != .disconnected, let grantID = connection.grantID,
            let grant = try await store.account(of: grantID, in: connection.owner.companyID),
            grant.organizationID == integration.organizationID
        else { return nil }
        return grant
    }

    private func attempt(
        _ request: EnableRequest,
        _ provider: any Provider,
        loginURL: String,
        loginHint: String?
    ) -> Completion.Work {
        var random = SystemRandomNumberGenerator()
        let state = PKCE.makeSecret(using: &random)
        let verifier = PKCE.makeSecret(using: &random)
        let expiresAt = now().addingTimeInterval(
            TimeInterval(AuthorizationAttempt.lifetime.components.seconds)
        )
        let attempt = AuthorizationAttempt(
            companyID: request.companyID,
            id: UUID(),
            provider: request.provider,
            scope: request.scope,
            actor: request.actor.userID,
            redirectURI: request.redirectURI,
            loginURL: loginURL,
            expectedAccount: request.expectedAccount,
            verifier: verifier,
            expiresAt: expiresAt
        )
        let url = provider.authorizationURL(
            AuthorizationURLRequest(
                loginURL: loginURL,
                redirectURI: request.redirectURI,
                state: state,
                codeChallenge: PKCE.challenge(for: verifier),
                loginHint: loginHint?.isEmpty == true ? nil : loginHint
            )
        )
        let outcome = Outcome(
            companyID: request.companyID,
            provider: request.provider,
            userID: request.scope == .user ? request.actor.userID : nil,
            .authorizationRequired(request.scope, url: url, expiresAt: expiresAt)
        )
        return .changes(
            [.insertAttempt(attempt, stateHash: PKCE.fingerprint(of: state))],
            [.outcome(outcome)]
        )
    }

    // MARK: - Authorize

    func authorize(
        _ request: AuthorizeRequest,
        requestID: String
    ) async throws -> Completion.Work {
        guard let exchange = try await exchange(for: request) else { return unknown(request) }
        let attempt = exchange.attempt
        switch attempt.state {
        case .pending where attempt.expiresAt < now(): return exchange.expired(end: .expired)
        case .expired: return exchange.expired(end: nil)
        case .succeeded, .failed: return exchange.failed(Failure(.authorizationUnknown), end: nil)
        case .exchanging where attempt.requestID != requestID:
            return exchange.failed(Failure(.authorizationUnknown), end: nil)
        case .pending, .exchanging: break
        }
        switch request.outcome {
        case .refused(let error, let description):
            return exchange.failed(
                exchange.provider.failure(forRefusal: error, description: description),
                end: .failed
            )
        case .code(let code):
            guard
                try await store.beginExchange(
                    in: request.companyID,
                    stateHash: exchange.hash,
                    requestID: requestID
                )
            else { return exchange.failed(Failure(.authorizationUnknown), end: nil) }
            return try await exchange.run(code: Secret(code))
        }
    }

    /// Ends an attempt that cannot be worked off; what it had been granted is revoked.
    func abandon(
        _ request: AuthorizeRequest,
        _ failure: Failure
    ) async throws -> Completion.Work {
        do {
            guard let exchange = try await exchange(for: request) else {
                return unknown(request, failure)
            }
            let isOpen = [.pending, .exchanging].contains(exchange.attempt.state)
            return exchange.failed(failure, end: isOpen ? .failed : nil)
        } catch let error as StoreError where error.code != .missingKey {
            // It cannot be read: nothing is known of whose it was.
            let hash = PKCE.fingerprint(of: Secret(request.state))
            return unknown(
                request,
                failure,
                changes: [.abandonAttempt(request.companyID, stateHash: hash)]
            )
        }
    }

    /// The attempt a state belongs to: of this company and provider, and begun by who came back.
    private func exchange(for request: AuthorizeRequest) async throws -> Exchange? {
        let hash = PKCE.fingerprint(of: Secret(request.state))
        guard let provider = providers[request.provider],
            let attempt = try await store.attempt(in: request.companyID, stateHash: hash),
            attempt.provider == request.provider,
            request.actor == nil || request.actor == attempt.actor
        else { return nil }
        return Exchange(handler: self, attempt: attempt, hash: hash, provider: provider)
    }

    private func unknown(
        _ request: AuthorizeRequest,
        _ failure: Failure = Failure(.authorizationUnknown),
        changes: [StateChange] = []
    ) -> Completion.Work {
        .failed(request.companyID, request.provider, .company, nil, failure, changes: changes)
    }
}

extension Completion.Work {
    /// An `integration.failed.v1` and nothing else.
    static func failed(
        _ companyID: CompanyID,
        _ provider: ProviderID,
        _ scope: Scope,
        _ userID: UserID?,
        _ failure: Failure,
        changes: [StateChange] = []
    ) -> Completion.Work {
        let outcome = Outcome(
            companyID: companyID,
            provider: provider,
            userID: scope == .user ? userID : nil,
            .failed(scope, failure)
        )
        return .changes(changes, [.outcome(outcome)])
    }
}
