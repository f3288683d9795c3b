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
            return failed(try await failure(error, integration), end: .failed)
        } catch let failure as Failure {
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

    /// The outcome for who comes back too late, or after something newer.
    func expired(end: AttemptState?) -> Completion.Work {
        let isSuperseded = end == nil && attempt.expiresAt > handler.now()
        return failed(
            isSuperseded
                ? .superseded
                : provider.failure(forExpiryOf: attempt.scope, loginURL: attempt.loginURL),
            end: end
        )
    }

    /// What an earlier try was given, or else what the code is exchanged for now.
    ///
    /// A code whose answer was lost is sent again: if it is spent, a new one is needed anyway.
    private func tokens(for code: Secret) async throws -> Tokens {
        if let kept = try await handler.store.keptTokens(for: attempt) { return kept }
        return try await shielded {
            let tokens = try await provider.exchange(
                CodeExchange(
                    loginURL: attempt.loginURL,
                    redirectURI: attempt.redirectURI,
                    code: code,
                    verifier: attempt.verifier
                )
            )
            handler.sessions.rehearsal?.pass(.codeExchanged)
            try await untilTaken("tokens not kept", handler.logger) {
                try await handler.store.keep(tokens, for: attempt)
            }
            handler.sessions.rehearsal?.pass(.tokensKept)
            return tokens
        }
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
        let isSameApproval = tokens.refresh != nil && known?.tokens.refresh == tokens.refresh
        let save = StateChange.saveGrant(grant, isSameApproval: isSameApproval)
        return switch attempt.scope {
        case .company: try companyOn(integration, grant, save, account)
        case .user: try userConnected(connection, integration, grant, save, account)
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
        if let grant = try await handler.account(of: connection, in: integration) {
            expectation.connected = .init(id: grant.accountID, username: grant.username)
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
        _ save: StateChange,
        _ account: ProviderAccount
    ) throws -> Completion.Work {
        var integration = integration
        let previous = integration.grantID
        try integration.state.apply(.authorized)
        integration.grantID = grant.id
        integration.organizationID = account.organizationID
        integration.organizationName = account.organizationName
        var changes: [StateChange] = [save, .saveIntegration(integration)]
        changes += adopted(grant, account, insteadOf: previous)
        changes.append(
            .resumeConnections(
                attempt.companyID,
                attempt.provider,
                organizationID: account.organizationID
            )
        )
        return .changes(changes, [enabled(account, userID: nil)])
    }

    private func userConnected(
        _ connection: UserConnection,
        _ integration: CompanyIntegration,
        _ grant: Grant,
        _ save: StateChange,
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
        var changes: [StateChange] = [
            save, .holdIntegration(integration), .saveConnection(connection),
        ]
        changes += adopted(grant, account, insteadOf: previous)
        var events = [enabled(account, userID: owner.userID)]
        // Nothing of another account's stays; the first sync comes behind.
        if isAnother { events.append(.eraseRequest(EraseRequest(owner: owner))) }
        events.append(.syncRequest(firstSync))
        return .changes(changes, events)
    }

    /// The grant takes the tokens over, the attempt ends, and what they replace is revoked afterwards.
    private func adopted(
        _ grant: Grant,
        _ account: ProviderAccount,
        insteadOf previous: UUID?
    ) -> [StateChange] {
        var changes: [StateChange] = [
            .adoptTokens(of: attempt),
            .endAttempt(attempt.companyID, stateHash: hash, .succeeded),
            .supersedeAttempts(beside: attempt),
            .reviveUses(grant, account, otherThan: attempt.scope),
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
            if error.failure.reason == .apiNotEnabled { return error.failure }
            // A grant that is lost tells nothing of the edition; a call that may pass is made again.
            guard error.isFinal else { throw error }
        }
        return provider.failure(forUserWithoutAPI: error.failure)
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
