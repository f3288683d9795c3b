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
        do {
            return try await shielded { try await exchange(grant, provider, attempt) }
        } catch let error as ProviderError {
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
                let asserted = try await shielded { try await assert(grant, provider, attempt) }
                if let asserted { return asserted }
                if let lost = try await lost(grant, error, right) { throw lost }
                return nil
            }
        }
    }

    /// Sends the refresh token, and stores what comes back before it is used.
    private func exchange(
        _ grant: Grant,
        _ provider: any Provider,
        _ attempt: UUID
    ) async throws -> Grant? {
        var tokens = try await provider.refresh(grant.tokens, loginURL: grant.loginURL)
        tokens.refresh = tokens.refresh ?? grant.tokens.refresh
        rehearsal?.pass(.grantRefreshed)
        tally.refresh("refreshed")
        return try await keep(tokens, of: grant, attempt)
    }

    /// Marks the grant as lost; `nil` where a peer was faster and there is something newer to look at.
    private func lost(
        _ grant: Grant,
        _ error: ProviderError,
        _ right: RefreshRight
    ) async throws -> ProviderError? {
        var error = error
        // A user who was deactivated is told so, whatever became of the token.
        if right == .again, error.code == "invalid_grant" {
            error.failure = Failure(.grantAmbiguous, details: error.failure.details)
        }
        guard try await store.markLost(grant, because: error.failure.reason) else { return nil }
        logger.warning(
            "grant lost",
            metadata: ["grant.id": "\(grant.id)", "error": "\(error)"]
        )
        return error
    }

    /// For the company's own grant: tokens on this service's word, where it has been given a key.
    ///
    /// `nil` where that is not so; what may pass is thrown, and nothing is lost by it.
    private func assert(
        _ grant: Grant,
        _ provider: any Provider,
        _ attempt: UUID
    ) async throws -> Grant? {
        guard !grant.username.isEmpty, try await store.isCompanyGrant(grant) else { return nil }
        do {
            // At the organization's own host: the shared log-in hosts do not take every organization's.
            let tokens = try await provider.assertIdentity(
                of: grant.username,
                loginURL: grant.tokens.instanceURL
            )
            guard let tokens else { return nil }
            let identity = try await provider.identify(tokens)
            guard identity.accountID == grant.accountID,
                identity.organizationID == grant.organizationID
            else { throw ProviderError(.reject, Failure(.accountMismatch)) }
            tally.refresh("asserted")
            return try await keep(tokens, of: grant, attempt)
        } catch let error as ProviderError {
            logger.warning("identity not asserted", metadata: ["error": "\(error)"])
            guard error.isFinal else {
                try await store.releaseRefresh(of: grant, attempt: attempt)
                throw error
            }
            return nil
        }
    }

    /// Durable before it is used: a rotated token that is lost cannot be had again.
    private func keep(
        _ tokens: Tokens,
        of grant: Grant,
        _ attempt: UUID
    ) async throws -> Grant? {
        var renewed = grant
        renewed.tokens = tokens
        let new = renewed
        let isStored = try await untilTaken("refreshed tokens not stored", logger) {
            try await store.endRefresh(of: new, attempt: attempt)
        }
        if isStored { return try await usable(grant.id, of: grant.companyID) }
        // Signed in anew, or turned off, meanwhile: a new token must not live on at the provider, but
        // one that was not rotated may be in use there.
        if let refresh = tokens.refresh, refresh != grant.tokens.refresh {
            try await untilTaken("tokens not discarded", logger) {
                try await store.discard(tokens, of: grant)
            }
        }
        return nil
    }
}

/// Runs to its end even when the task around it is cancelled: it ends by itself, within a call's total
/// time and a database's absence, and what it was given is worth more than the time.
func shielded<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    // Unstructured because a cancellation must not reach what exchanges tokens that work once; it is
    // awaited on the spot.
    try await Task { try await body() }.value
}

/// Writes what cannot be had again, again while the database is away.
func untilTaken<Value>(
    _ words: Logger.Message,
    _ logger: Logger,
    _ body: () async throws -> Value
) async throws -> Value {
    var failures = 0
    while true {
        do {
            return try await body()
        } catch  where Store.isPassing(error) {
            failures += 1
            logger.warning(
                words,
                metadata: ["error": "\(error)", "failures": "\(failures)"]
            )
            try await Backoff(maximum: .seconds(1)).sleep(after: failures)
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
        case .retry where error.status == 400 && error.failure.reason == .providerUnavailable:
            self = .raced
        case .retry, .refresh, .waitForOrganization, .reject, .operator: self = .notTaken
        }
    }
}
