import Domain
import FoundationEssentials
import Logging
import Store

/// From a code to a connection: exchange, whose account it is, whether it may be used, and only then a
/// grant.
///
/// A code works once and what it gives is worth an account, so the tokens are kept, encrypted, before
/// anything else is done: whoever works the request off again finds them, and when no grant adopts them
/// they are revoked, whatever crashes.
struct Exchange: Sendable {
    let handler: AuthorizationHandler
    let attempt: AuthorizationAttempt
    let hash: [UInt8]
    let provider: any Provider

    func run(code: Secret) async throws -> Completion.Work {
        let integration = try await handler.store.integration(
            of: attempt.companyID,
            with: attempt.provider
        )
        if attempt.scope == .user, integration.state == .off {
            return failed(Failure(.companyIntegrationOff), end: .failed)
        }
        let tokens: Tokens
        do {
            tokens = try await self.tokens(for: code)
        } catch let error as ProviderError where error.isFinal {
            return failed(error.failure, end: .failed)
        }
        do {
            return try await connect(tokens, integration)
        } catch let error as ProviderError where error.isFinal {
            let failure = try await failure(error, integration)
            try await giveBack(tokens)
            return failed(failure, end: .failed)
        } catch let failure as Failure {
            try await giveBack(tokens)
            return failed(failure, end: .failed)
        }
    }

    /// An outcome of failure; `end` is how the attempt ends, `nil` when it has ended already.
    func failed(_ failure: Failure, end: AttemptState?) -> Completion.Work {
        .failed(
            attempt.companyID,
            attempt.provider,
            attempt.scope,
            attempt.actor,
            failure,
            changes: end.map {
                [
                    .endAttempt(attempt.companyID, stateHash: hash, $0),
                    .revokeTokens(of: attempt),
                ]
            } ?? []
        )
    }

    /// The outcome for who comes back too late.
    func expired(end: AttemptState?) -> Completion.Work {
        failed(
            provider.failure(forExpiryOf: attempt.scope, loginURL: attempt.loginURL),
            end: end
        )
    }

    /// What an earlier try was given, or else what the code is exchanged for now.
    ///
    /// A code whose answer was lost is sent again: if it is spent, a new one is needed anyway.
    private func tokens(for code: Secret) async throws -> Tokens {
        if let kept = try await handler.store.keptTokens(for: attempt) { return kept }
        let tokens = try await provider.exchange(
            CodeExchange(
                loginURL: attempt.loginURL,
                redirectURI: attempt.redirectURI,
                code: code,
                verifier: attempt.verifier
            )
        )
        handler.sessions.rehearsal?.pass(.codeExchanged)
        try await handler.keep(tokens, for: attempt)
        handler.sessions.rehearsal?.pass(.tokensKept)
        return tokens
    }

    private func connect(
        _ tokens: Tokens,
        _ integration: CompanyIntegration
    ) async throws -> Completion.Work {
        let identity = try await provider.identify(tokens)
        let connection = try await handler.store.connection(of: owner)
        if let failure = AuthorizationPolicy.refusal(
            of: identity,
            expecting: try await expectation(identity, integration, connection)
        ) {
            throw failure
        }
        let account = try await provider.probe(tokens, identity: identity)
        let known = try await handler.store.grant(
            of: attempt.companyID,
            with: attempt.provider,
            organizationID: account.organizationID,
            accountID: account.accountID
        )
        let grant = Grant(
            companyID: attempt.companyID,
            id: known?.id ?? UUID(),
            provider: attempt.provider,
            organizationID: account.organizationID,
            accountID: account.accountID,
            username: account.username,
            generation: known?.generation ?? 1,
            loginURL: attempt.loginURL,
            tokens: tokens
        )
        return switch attempt.scope {
        case .company: try companyOn(integration, grant, account)
        case .user: try userConnected(connection, integration, grant, account)
        }
    }

    private func expectation(
        _ identity: ProviderIdentity,
        _ integration: CompanyIntegration,
        _ connection: UserConnection
    ) async throws -> AuthorizationPolicy.Expectation {
        // A company that is off may come back with another organization.
        let isBound = integration.state != .off
        var expectation = AuthorizationPolicy.Expectation(
            scope: attempt.scope,
            actor: attempt.actor,
            account: attempt.expectedAccount,
            organizationID: isBound ? integration.organizationID : nil,
            organizationName: isBound ? integration.organizationName : nil
        )
        guard attempt.scope == .user else { return expectation }
        if connection.state != .disconnected, let accountID = connection.accountID {
            var grant: Grant?
            if let grantID = connection.grantID {
                grant = try await handler.store.grant(grantID, of: attempt.companyID)
            }
            expectation.connected = .init(id: accountID, username: grant?.username ?? "")
        }
        expectation.linkedUser = try await handler.store.user(
            linkedTo: identity.accountID,
            in: attempt.companyID,
            with: attempt.provider
        )
        return expectation
    }

    private func companyOn(
        _ integration: CompanyIntegration,
        _ grant: Grant,
        _ account: ProviderAccount
    ) throws -> Completion.Work {
        var integration = integration
        let previous = integration.grantID
        try integration.state.apply(.authorized)
        integration.grantID = grant.id
        integration.organizationID = account.organizationID
        integration.organizationName = account.organizationName
        return .changes(
            [.saveIntegration(integration)] + adopted(grant, insteadOf: previous) + [
                .resumeConnections(
                    attempt.companyID,
                    attempt.provider,
                    organizationID: account.organizationID
                )
            ],
            [enabled(account, userID: nil)]
        )
    }

    private func userConnected(
        _ connection: UserConnection,
        _ integration: CompanyIntegration,
        _ grant: Grant,
        _ account: ProviderAccount
    ) throws -> Completion.Work {
        var connection = connection
        let previous = connection.grantID
        let isAnother = connection.accountID.map { $0 != account.accountID } ?? false
        try connection.state.apply(.authorized)
        if isAnother { connection.coveredUntil = nil }
        connection.grantID = grant.id
        connection.accountID = account.accountID
        let firstSync = SyncRequest(
            companyID: owner.companyID,
            provider: owner.provider,
            userID: owner.userID,
            mode: .full,
            reason: .initial
        )
        // Nothing of another account's stays; the first sync comes behind.
        let erasing: [Event] = isAnother ? [.eraseRequest(EraseRequest(owner: owner))] : []
        return .changes(
            [.holdIntegration(integration), .saveConnection(connection)]
                + adopted(grant, insteadOf: previous),
            [enabled(account, userID: owner.userID)] + erasing + [.syncRequest(firstSync)]
        )
    }

    /// The grant takes the tokens over, the attempt ends, and what they replace is revoked afterwards.
    private func adopted(_ grant: Grant, insteadOf previous: UUID?) -> [StateChange] {
        var changes: [StateChange] = [
            .saveGrant(grant), .adoptTokens(of: attempt),
            .endAttempt(attempt.companyID, stateHash: hash, .succeeded),
            .supersedeAttempts(beside: attempt),
        ]
        if let previous, previous != grant.id {
            changes.append(.releaseGrant(attempt.companyID, previous))
        }
        return changes
    }

    private var owner: TaskOwner {
        TaskOwner(
            companyID: attempt.companyID,
            userID: attempt.actor,
            provider: attempt.provider
        )
    }

    private func enabled(_ account: ProviderAccount, userID: UserID?) -> Event {
        .outcome(
            Outcome(
                companyID: attempt.companyID,
                provider: attempt.provider,
                userID: userID,
                .enabled(attempt.scope, account)
            )
        )
    }

    /// The same refusal means the organization, or this one user: the company's own grant tells which.
    private func failure(
        _ error: ProviderError,
        _ integration: CompanyIntegration
    ) async throws -> Failure {
        guard attempt.scope == .user, error.failure.reason == .apiNotEnabled,
            let grantID = integration.grantID
        else { return error.failure }
        do {
            try await handler.sessions.with(provider, grantID: grantID, of: attempt.companyID) {
                session throws(ProviderError) in try await provider.checkAccess(session: session)
            }
        } catch let error as ProviderError {
            // It tells nothing else: a company's grant that is lost is no reason to blame the edition.
            if error.failure.reason == .apiNotEnabled { return error.failure }
        }
        return provider.failure(forUserWithoutAPI: error.failure)
    }

    /// Ends what must not be kept at once; what the provider does not take is queued by the completion.
    private func giveBack(_ tokens: Tokens) async throws {
        do {
            try await provider.revoke(tokens, loginURL: attempt.loginURL)
        } catch {
            return handler.logger.info("not revoked yet", metadata: ["error": "\(error)"])
        }
        try await handler.store.forgetTokens(of: attempt)
    }
}

extension AuthorizationHandler {
    /// Keeps tokens, again while the database cannot: the code they came for is spent.
    func keep(_ tokens: Tokens, for attempt: AuthorizationAttempt) async throws {
        var failures = 0
        while true {
            do {
                return try await store.keep(tokens, for: attempt)
            } catch  where Store.isPassing(error) && !Task.isCancelled {
                failures += 1
                logger.warning(
                    "tokens not kept, trying again",
                    metadata: ["error": "\(error)", "failures": "\(failures)"]
                )
                try await Backoff(maximum: .seconds(1)).sleep(after: failures)
            }
        }
    }
}

extension ProviderError {
    /// Whether trying the same again cannot help.
    var isFinal: Bool {
        switch disposition {
        case .retry, .waitForOrganization: false
        case .refresh, .reauthorize, .reject, .operator: true
        }
    }
}
