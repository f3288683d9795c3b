import Domain
import FoundationEssentials
import Logging
import Store

/// Gets new tokens for a grant: one call for each generation, however many workers want them.
///
/// A refresh token works once, and sending a spent one again ends the grant. So the right to send it is
/// a lease in the database; no connection is held meanwhile; new tokens are durable before they are
/// used; and where nobody knows whether a token was taken up, it is sent again only when the access
/// token has run out as well: if it is spent then, nothing newer is lost by it.
struct GrantRefresh: Sendable {
    /// How long a token is not sent again after nobody answered.
    static let resendPause: Duration = .seconds(2)
    private static let maximumWaits = 60
    private static let maximumRaces = 5

    let store: Store
    let logger: Logger
    let rehearsal: Rehearsal?
    let tally: GrantTally

    /// The grant at a generation newer than the one that no longer works.
    ///
    /// - Parameters:
    ///   - grant: the grant as it was when its access token was refused.
    ///   - provider: who granted it.
    /// - Returns: the grant with tokens that are stored.
    /// - Throws: `reauthorize` when the grant is lost, and it is marked so; anything else may pass.
    func newer(than grant: Grant, _ provider: any Provider) async throws -> Grant {
        let attempt = UUID()
        var races = 0
        for wait in 1...Self.maximumWaits {
            let current = try await usable(grant.id, of: grant.companyID)
            if current.generation > grant.generation { return current }
            let right = try await store.beginRefresh(
                of: current,
                attempt: attempt,
                // Longer than the call, so that it is over when somebody else may try.
                lease: provider.tokenDeadline * 3
            )
            guard let right else {
                // Sent a moment ago without an answer: not everybody who waits sends it again.
                guard current.state != .ambiguous else { throw Self.ambiguous }
                try await Backoff(base: .milliseconds(50), maximum: .seconds(2)).sleep(after: wait)
                continue
            }
            if let fresh = try await refresh(current, provider, attempt, right, &races) {
                return fresh
            }
        }
        throw ProviderError(.retry(notBefore: nil), Failure(.providerUnavailable))
    }

    /// A grant whose tokens may be used.
    func usable(_ id: UUID, of companyID: CompanyID) async throws -> Grant {
        guard let grant = try await store.grant(id, of: companyID), grant.state != .revoked else {
            throw ProviderError(.reauthorize, Failure(.grantRevoked))
        }
        guard grant.state != .lost else {
            throw ProviderError(.reauthorize, Failure(grant.lostReason ?? .grantRevoked))
        }
        return grant
    }

    private static let ambiguous = ProviderError(
        .retry(notBefore: nil),
        Failure(.providerUnavailable),
        isOutcomeUnknown: true
    )

    /// `nil` when it is to be looked at again.
    private func refresh(
        _ grant: Grant,
        _ provider: any Provider,
        _ attempt: UUID,
        _ right: RefreshRight,
        _ races: inout Int
    ) async throws -> Grant? {
        var tokens: Tokens
        do {
            tokens = try await provider.refresh(grant.tokens, loginURL: grant.loginURL)
            tokens.refresh = tokens.refresh ?? grant.tokens.refresh
        } catch {
            let verdict = RefreshVerdict(of: error)
            tally.refresh(verdict.rawValue)
            switch verdict {
            case .raced where races < Self.maximumRaces:
                races += 1
                try await store.releaseRefresh(of: grant, attempt: attempt)
                try await Backoff(base: .seconds(1), maximum: .seconds(5)).sleep(after: races)
                return nil
            case .raced, .notTaken:
                try await store.releaseRefresh(of: grant, attempt: attempt)
                throw error
            case .unanswered:
                try await store.leaveAmbiguous(grant, attempt: attempt, pause: Self.resendPause)
                throw error
            case .refused:
                guard let asserted = try await asserted(grant, provider) else {
                    throw try await lost(grant, error, right)
                }
                tally.refresh("asserted")
                return try await keep(asserted, of: grant, attempt)
            }
        }
        rehearsal?.pass(.grantRefreshed)
        tally.refresh("refreshed")
        return try await keep(tokens, of: grant, attempt)
    }

    /// Marks the grant as lost, unless a peer has newer tokens after all.
    private func lost(
        _ grant: Grant,
        _ error: ProviderError,
        _ right: RefreshRight
    ) async throws -> ProviderError {
        var error = error
        if right == .again, error.failure.reason == .grantRevoked {
            error.failure = Failure(.grantAmbiguous, details: error.failure.details)
        }
        try await store.markLost(grant, because: error.failure.reason)
        logger.warning(
            "grant lost",
            metadata: ["grant.id": "\(grant.id)", "error": "\(error)"]
        )
        return error
    }

    /// For the company's own grant: tokens on this service's word, where it has been given a key.
    private func asserted(_ grant: Grant, _ provider: any Provider) async throws -> Tokens? {
        guard !grant.username.isEmpty, try await store.isCompanyGrant(grant) else { return nil }
        do {
            // At the organization's own host: the shared log-in hosts do not take every organization's.
            return try await provider.assertIdentity(
                of: grant.username,
                loginURL: grant.tokens.instanceURL
            )
        } catch {
            logger.warning("identity not asserted", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Durable before it is used: a rotated token that is lost cannot be had again.
    private func keep(
        _ tokens: Tokens,
        of grant: Grant,
        _ attempt: UUID
    ) async throws -> Grant? {
        var grant = grant
        grant.tokens = tokens
        guard try await stored(grant, attempt) else {
            // Signed in anew, or turned off, meanwhile: these must not live on at the provider.
            try await store.discard(tokens, of: grant)
            return nil
        }
        return try await usable(grant.id, of: grant.companyID)
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

/// What a failed refresh says about the refresh token that was sent.
enum RefreshVerdict: String, Hashable, Sendable, CaseIterable {
    /// Somebody else's refresh is under way, or the like: look again.
    case raced
    /// Nothing was taken up: the token is as good as before.
    case notTaken = "not-taken"
    /// It may be spent.
    case unanswered
    /// The grant has ended.
    case refused

    /// The answer decides, never a guess: only what says that the grant has ended ends it.
    init(of error: ProviderError) {
        switch error.disposition {
        case _ where error.isOutcomeUnknown: self = .unanswered
        case .reauthorize: self = .refused
        case .retry where error.status == 400, .refresh: self = .raced
        case .retry, .waitForOrganization, .reject, .operator: self = .notTaken
        }
    }
}
