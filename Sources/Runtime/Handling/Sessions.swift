import Domain
import FoundationEssentials
import Logging
import Store

/// Gives provider calls a session, and gets a new access token when the provider wants one.
///
/// Access tokens are read from the store, never cached beyond one call's use: a peer's refresh is
/// seen at once. One generation of a grant is refreshed by one worker; the others wait for it.
struct Sessions: Sendable {
    /// How long one worker may take to refresh; longer than any token call.
    private static let refreshLease: Duration = .seconds(60)
    private static let maximumWaits = 40

    let store: Store
    let logger: Logger
    let now: @Sendable () -> Date
    let rehearsal: Rehearsal?

    /// Makes calls with a session; once, when the access token has run out, again with a new one.
    func with<Value: Sendable>(
        _ provider: any Provider,
        grantID: UUID,
        of companyID: CompanyID,
        _ call: (ProviderSession) async throws(ProviderError) -> Value
    ) async throws -> Value {
        guard let grant = try await store.grant(grantID, of: companyID), grant.state != .revoked,
            grant.state != .lost
        else { throw ProviderError(.reauthorize, Failure(.grantRevoked)) }
        rehearsal?.pass(.providerAsked)
        defer { rehearsal?.pass(.providerAnswered) }
        do {
            return try await call(session(grant))
        } catch let error where error.disposition == .refresh {
            let fresh = try await refreshed(grant, provider)
            do {
                return try await call(session(fresh))
            } catch let error where error.disposition == .refresh {
                throw ProviderError(
                    .reauthorize,
                    Failure(.grantRevoked),
                    status: error.status,
                    code: error.code
                )
            }
        }
    }

    private func session(_ grant: Grant) -> ProviderSession {
        ProviderSession(
            accessToken: grant.tokens.access,
            instanceURL: grant.tokens.instanceURL,
            accountID: grant.accountID
        )
    }

    private func refreshed(_ grant: Grant, _ provider: any Provider) async throws -> Grant {
        let attempt = UUID()
        for wait in 1...Self.maximumWaits {
            guard let current = try await store.grant(grant.id, of: grant.companyID),
                current.state != .revoked, current.state != .lost
            else { throw ProviderError(.reauthorize, Failure(.grantRevoked)) }
            if current.generation > grant.generation { return current }
            if try await store.beginRefresh(of: current, attempt: attempt, lease: Self.refreshLease)
            {
                if let fresh = try await refresh(current, provider, attempt) { return fresh }
            }
            try await Backoff(base: .milliseconds(50), maximum: .seconds(2)).sleep(after: wait)
        }
        throw ProviderError(.retry(notBefore: nil), Failure(.providerUnavailable))
    }

    /// `nil` when somebody else was faster.
    private func refresh(
        _ grant: Grant,
        _ provider: any Provider,
        _ attempt: UUID
    ) async throws -> Grant? {
        var grant = grant
        do {
            var tokens = try await provider.refresh(grant.tokens, loginURL: grant.loginURL)
            tokens.refresh = tokens.refresh ?? grant.tokens.refresh
            grant.tokens = tokens
        } catch {
            switch error.disposition {
            case .reauthorize:
                try await store.releaseRefresh(of: grant, attempt: attempt, to: .lost)
                throw error
            case .refresh,
                .retry where error.status == 400:
                // A peer outside this database was faster: its tokens, or the next try, will tell.
                try await store.releaseRefresh(of: grant, attempt: attempt, to: .active)
                return nil
            default:
                try await store.releaseRefresh(of: grant, attempt: attempt, to: .active)
                throw error
            }
        }
        // Durable before it is used: a rotated token that is lost cannot be had again.
        guard try await stored(grant, attempt) else { return nil }
        return try await store.grant(grant.id, of: grant.companyID)
    }

    /// Stores refreshed tokens, again while the database cannot: the old ones are spent.
    private func stored(_ grant: Grant, _ attempt: UUID) async throws -> Bool {
        var failures = 0
        while true {
            do {
                return try await store.endRefresh(of: grant, attempt: attempt)
            } catch {
                failures += 1
                guard failures < Self.maximumWaits, !Task.isCancelled else { throw error }
                logger.warning(
                    "refreshed tokens not stored, trying again",
                    metadata: ["error": "\(error)", "failures": "\(failures)"]
                )
                try await Backoff(maximum: .seconds(1)).sleep(after: failures)
            }
        }
    }
}
