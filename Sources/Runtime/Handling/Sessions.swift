import Domain
import FoundationEssentials
import Store

/// Gives provider calls a session, and gets a new access token when the provider wants one.
///
/// Access tokens are read from the store, never cached beyond one call's use: a peer's refresh is
/// seen at once.
struct Sessions: Sendable {
    let store: Store
    let refresh: GrantRefresh
    let rehearsal: Rehearsal?

    /// Makes calls with a session; when the access token has run out, again with a new one.
    ///
    /// - Parameters:
    ///   - provider: who is called.
    ///   - grantID: whose tokens are used.
    ///   - companyID: the company whose grant it is.
    ///   - call: what is done with a session.
    /// - Returns: what the call returned.
    /// - Throws: what the call threw; `reauthorize` when the grant is lost, and it is marked so.
    func with<Value: Sendable>(
        _ provider: any Provider,
        grantID: UUID,
        of companyID: CompanyID,
        _ call: (ProviderSession) async throws(ProviderError) -> Value
    ) async throws -> Value {
        let grant = try await refresh.usable(grantID, of: companyID)
        rehearsal?.pass(.providerAsked)
        defer { rehearsal?.pass(.providerAnswered) }
        // Twice: new tokens can be refused for a moment, and a peer's may have run out already.
        return try await with(provider, grant, refreshes: 2, call)
    }

    private func with<Value: Sendable>(
        _ provider: any Provider,
        _ grant: Grant,
        refreshes: Int,
        _ call: (ProviderSession) async throws(ProviderError) -> Value
    ) async throws -> Value {
        let refused: ProviderError
        do throws(ProviderError) {
            return try await call(ProviderSession(grant))
        } catch {
            refused = error
        }
        switch refused.disposition {
        case .refresh where refreshes > 0:
            let fresh = try await refresh.newer(than: grant, provider)
            return try await with(provider, fresh, refreshes: refreshes - 1, call)
        case .refresh:
            try await store.markLost(grant, because: .grantRevoked)
            throw ProviderError(
                .reauthorize,
                Failure(.grantRevoked),
                status: refused.status,
                code: refused.code
            )
        case .reauthorize:
            try await store.markLost(grant, because: refused.failure.reason)
            throw refused
        default: throw refused
        }
    }
}

extension ProviderSession {
    fileprivate init(_ grant: Grant) {
        self.init(
            accessToken: grant.tokens.access,
            instanceURL: grant.tokens.instanceURL,
            accountID: grant.accountID
        )
    }
}
