import Domain
import FoundationEssentials
import Logging
import Store

/// Works off `integration.enable.v1`, `integration.authorize.v1` and `integration.disable.v1`.
struct AuthorizationHandler: Sendable {
    let providers: [ProviderID: any Provider]
    let redirectURIs: Set<String>
    let store: Store
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
        do throws(Failure) {
            return attempt(
                request,
                provider,
                loginURL: try provider.loginURL(for: request.environment)
            )
        } catch {
            return failed(error)
        }
    }

    private func attempt(
        _ request: EnableRequest,
        _ provider: any Provider,
        loginURL: String
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
                loginHint: request.expectedAccount
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
        requestID: String,
        _ exchanged: ExchangedTokens
    ) async throws -> Completion.Work {
        let hash = PKCE.fingerprint(of: Secret(request.state))
        let unknown = Completion.Work.failed(
            request.companyID,
            request.provider,
            .company,
            nil,
            Failure(.authorizationUnknown)
        )
        guard let attempt = try await store.attempt(in: request.companyID, stateHash: hash),
            attempt.provider == request.provider, let provider = providers[request.provider]
        else { return unknown }
        let exchange = Exchange(handler: self, attempt: attempt, hash: hash, provider: provider)
        switch attempt.state {
        case .pending, .exchanging: break
        case .expired: return exchange.failed(Failure(.authorizationExpired), end: nil)
        case .succeeded, .failed: return exchange.failed(Failure(.authorizationUnknown), end: nil)
        }
        if attempt.state == .pending, attempt.expiresAt < now() {
            return exchange.failed(Failure(.authorizationExpired), end: .expired)
        }
        switch request.outcome {
        case .refused(let error, let description):
            return exchange.failed(
                provider.failure(forRefusal: error, description: description),
                end: .failed
            )
        case .code(let code):
            guard
                try await store.beginExchange(
                    in: request.companyID,
                    stateHash: hash,
                    requestID: requestID
                )
            else { return exchange.failed(Failure(.authorizationUnknown), end: nil) }
            return try await exchange.run(code: Secret(code), exchanged)
        }
    }

    /// Ends an attempt that cannot be worked off, and gives back what it had been granted.
    func abandon(
        _ request: AuthorizeRequest,
        _ exchanged: ExchangedTokens,
        _ failure: Failure
    ) async throws -> Completion.Work {
        let hash = PKCE.fingerprint(of: Secret(request.state))
        let unknown = Completion.Work.failed(
            request.companyID,
            request.provider,
            .company,
            nil,
            failure
        )
        guard let provider = providers[request.provider] else { return unknown }
        let attempt: AuthorizationAttempt?
        do {
            attempt = try await store.attempt(in: request.companyID, stateHash: hash)
        } catch is StoreError {
            // It cannot be read: nothing is known of whose it was.
            return unknown
        }
        guard let attempt else { return unknown }
        let exchange = Exchange(handler: self, attempt: attempt, hash: hash, provider: provider)
        if let tokens = exchanged.current { await exchange.giveBack(tokens) }
        let isOpen = attempt.state == .pending || attempt.state == .exchanging
        return exchange.failed(failure, end: isOpen ? .failed : nil)
    }

    // MARK: - Disable

    func disable(_ request: DisableRequest) async throws -> Completion.Work {
        guard let provider = providers[request.provider] else {
            return .failed(
                request.companyID,
                request.provider,
                request.scope,
                request.actor.userID,
                Failure(.unknownProvider)
            )
        }
        switch request.scope {
        case .company: return try await disableCompany(request, provider)
        case .user: return try await disableUser(request, provider)
        }
    }

    private func disableUser(
        _ request: DisableRequest,
        _ provider: any Provider
    ) async throws -> Completion.Work {
        let owner = TaskOwner(
            companyID: request.companyID,
            userID: request.actor.userID,
            provider: request.provider
        )
        var connection = try await store.connection(of: owner)
        var changes: [StateChange] = []
        if connection.state != .disconnected {
            try connection.state.apply(.disabled)
            if let grantID = connection.grantID,
                try await !store.isUsed(grantID, of: owner.companyID, otherThan: .connection(owner))
            {
                changes += try await revoke(grantID, of: owner.companyID, provider)
            }
            connection.grantID = nil
            connection.coveredUntil = request.erase ? nil : connection.coveredUntil
            changes.append(.saveConnection(connection))
        }
        if request.erase { changes.append(.removeTasks(owner, .disconnected)) }
        let outcome = Outcome(
            companyID: request.companyID,
            provider: request.provider,
            userID: owner.userID,
            .disabled(.user)
        )
        return .changes(changes, [.outcome(outcome)])
    }

    private func disableCompany(
        _ request: DisableRequest,
        _ provider: any Provider
    ) async throws -> Completion.Work {
        if let failure = AuthorizationPolicy.refusal(
            of: .company,
            by: request.actor,
            integration: nil
        ) {
            return .failed(request.companyID, request.provider, .company, nil, failure)
        }
        var integration = try await store.integration(of: request.companyID, with: request.provider)
        var changes: [StateChange] = []
        if integration.state != .off {
            try integration.state.apply(.disabled)
            if let grantID = integration.grantID,
                try await !store.isUsed(grantID, of: request.companyID, otherThan: .integration)
            {
                changes += try await revoke(grantID, of: request.companyID, provider)
            }
            integration.grantID = nil
            changes.append(.saveIntegration(integration))
            changes += [.connected, .reauthorizationRequired].map {
                .moveConnections(request.companyID, request.provider, from: $0, to: .suspended)
            }
        }
        if request.erase {
            for user in try await store.users(of: request.companyID, with: request.provider) {
                let owner = TaskOwner(
                    companyID: request.companyID,
                    userID: user,
                    provider: request.provider
                )
                changes.append(.removeTasks(owner, .disconnected))
            }
        }
        let outcome = Outcome(
            companyID: request.companyID,
            provider: request.provider,
            userID: nil,
            .disabled(.company)
        )
        return .changes(changes, [.outcome(outcome)])
    }

    /// Ends a grant at the provider, then here; one that has ended there already is no error.
    private func revoke(
        _ grantID: UUID,
        of companyID: CompanyID,
        _ provider: any Provider
    ) async throws -> [StateChange] {
        guard let grant = try await store.grant(grantID, of: companyID), grant.state != .revoked
        else { return [] }
        try await provider.revoke(grant.tokens, loginURL: grant.loginURL)
        return [.revokeGrant(companyID, grantID)]
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
