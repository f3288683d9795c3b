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

    /// Makes calls with a session; once, when the access token has run out, again with a new one.
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
        do {
            return try await call(ProviderSession(grant))
        } catch let error where error.disposition == .refresh {
            let fresh = try await refresh.newer(than: grant, provider)
            do {
                return try await call(ProviderSession(fresh))
            } catch let error where error.disposition == .refresh {
                // New tokens that are refused at once: there is nothing left to try.
                try await store.markLost(fresh, because: .grantRevoked)
                throw ProviderError(
                    .reauthorize,
                    Failure(.grantRevoked),
                    status: error.status,
                    code: error.code
                )
            }
        } catch let error where error.disposition == .reauthorize {
            try await store.markLost(grant, because: error.failure.reason)
            throw error
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
