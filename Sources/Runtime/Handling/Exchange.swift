import Domain
import FoundationEssentials
import Logging
import Store

/// From a code to a connection: exchange, whose account it is, whether it may be used, and only then
/// anything stored.
struct Exchange: Sendable {
    let handler: AuthorizationHandler
    let attempt: AuthorizationAttempt
    let hash: [UInt8]
    let provider: any Provider

    func run(code: Secret, _ exchanged: ExchangedTokens) async throws -> Completion.Work {
        let integration = try await handler.store.integration(
            of: attempt.companyID,
            with: attempt.provider
        )
        if attempt.scope == .user, integration.state == .off {
            return failed(Failure(.companyIntegrationOff), end: .failed)
        }
        let tokens: Tokens
        if let known = exchanged.current {
            tokens = known
        } else {
            do {
                tokens = try await provider.exchange(
                    CodeExchange(
                        loginURL: attempt.loginURL,
                        redirectURI: attempt.redirectURI,
                        code: code,
                        verifier: attempt.verifier
                    )
                )
            } catch {
                // A code works once: whatever became of it, it is not sent again.
                return failed(error.failure, end: .failed)
            }
            exchanged.keep(tokens)
        }
        do {
            return try await connect(tokens, integration)
        } catch let error as ProviderError where error.isFinal {
            await giveBack(tokens)
            return failed(failure(error), end: .failed)
        } catch let failure as Failure {
            await giveBack(tokens)
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
            changes: end.map { [.endAttempt(attempt.companyID, stateHash: hash, $0)] } ?? []
        )
    }

    private func connect(
        _ tokens: Tokens,
        _ integration: CompanyIntegration
    ) async throws -> Completion.Work {
        let identity = try await provider.identify(tokens)
        if let failure = AuthorizationPolicy.refusal(
            of: identity,
            expected: attempt.expectedAccount,
            companyOrganizationID: integration.organizationID,
            scope: attempt.scope,
            actor: attempt.actor,
            linkedUser: try await handler.store.user(
                linkedTo: identity.accountID,
                in: attempt.companyID,
                with: attempt.provider
            )
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
            loginURL: attempt.loginURL,
            tokens: tokens
        )
        switch attempt.scope {
        case .company: return try companyOn(integration, grant, account)
        case .user: return try await userConnected(grant, account)
        }
    }

    /// The company's own account decides whether the organization has the API; a person's whether
    /// this user may use it.
    private func failure(_ error: ProviderError) -> Failure {
        attempt.scope == .user && error.failure.reason == .apiNotEnabled
            ? Failure(.apiNotPermitted, details: error.failure.details) : error.failure
    }

    private func companyOn(
        _ integration: CompanyIntegration,
        _ grant: Grant,
        _ account: ProviderAccount
    ) throws -> Completion.Work {
        var integration = integration
        try integration.state.apply(.authorized)
        integration.grantID = grant.id
        integration.organizationID = account.organizationID
        return .changes(
            [
                .saveGrant(grant), .saveIntegration(integration), ended,
                .moveConnections(
                    attempt.companyID,
                    attempt.provider,
                    from: .suspended,
                    to: .connected
                ),
            ],
            [enabled(account, userID: nil)]
        )
    }

    private func userConnected(
        _ grant: Grant,
        _ account: ProviderAccount
    ) async throws -> Completion.Work {
        let owner = TaskOwner(
            companyID: attempt.companyID,
            userID: attempt.actor,
            provider: attempt.provider
        )
        var connection = try await handler.store.connection(of: owner)
        try connection.state.apply(.authorized)
        if connection.accountID != account.accountID { connection.coveredUntil = nil }
        connection.grantID = grant.id
        connection.accountID = account.accountID
        let firstSync = SyncRequest(
            companyID: owner.companyID,
            provider: owner.provider,
            userID: owner.userID,
            mode: .full,
            reason: .initial
        )
        return .changes(
            [.saveGrant(grant), .saveConnection(connection), ended],
            [enabled(account, userID: owner.userID), .syncRequest(firstSync)]
        )
    }

    private var ended: StateChange {
        .endAttempt(attempt.companyID, stateHash: hash, .succeeded)
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

    /// Ends a grant that must not be kept, as well as can be: why it must not is what counts.
    func giveBack(_ tokens: Tokens) async {
        for attempt in 1...3 {
            do {
                return try await provider.revoke(tokens, loginURL: self.attempt.loginURL)
            } catch {
                handler.logger.warning(
                    "grant not given back",
                    metadata: ["error": "\(error)", "attempt": "\(attempt)"]
                )
                do { try await Backoff().sleep(after: attempt) } catch { return }
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
