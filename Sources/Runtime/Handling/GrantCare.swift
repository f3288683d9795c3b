import Domain
import FoundationEssentials
import Logging
import Store

/// What has to be done about grants although no request asks for it: ending them at the provider, and
/// keeping those alive that nobody uses.
struct GrantCare: Sendable {
    private static let batch = 16
    private static let revocationLease: Duration = .seconds(120)
    /// A refresh token that was not used for so long has died by itself.
    private static let lifetimeOfIdleTokens: TimeInterval = 30 * 86_400
    private static let backoff = Backoff(base: .seconds(5), maximum: .seconds(3600))

    let providers: [ProviderID: any Provider]
    let store: Store
    let sessions: Sessions
    let publisher: Publisher
    let logger: Logger
    let isStopping: @Sendable () -> Bool
    let now: @Sendable () -> Date

    /// Does what is due, once.
    func round() async {
        do {
            var taken = Self.batch
            while taken == Self.batch, !Task.isCancelled, !isStopping() {
                let due = try await store.dueRevocations(
                    limit: Self.batch,
                    lease: Self.revocationLease
                ) { logger.error("revocation not readable", metadata: ["error": "\($0)"]) }
                await withDiscardingTaskGroup { group in
                    for revocation in due { group.addTask { await revoke(revocation) } }
                }
                taken = due.count
            }
            let idle = isStopping() ? [] : try await store.idleGrants(limit: Self.batch)
            await withDiscardingTaskGroup { group in
                for grant in idle {
                    group.addTask { await keepAlive(grant.id, of: grant.companyID, grant.provider) }
                }
            }
        } catch {
            logger.warning("grants not looked after", metadata: ["error": "\(error)"])
        }
    }

    private func revoke(_ revocation: TokenRevocation) async {
        do {
            do {
                guard let provider = providers[revocation.provider] else {
                    throw ProviderError(.operator, Failure(.unknownProvider))
                }
                try await provider.revoke(revocation.tokens, loginURL: revocation.loginURL)
                try await store.forget(revocation)
                sessions.refresh.tally.revocation(succeeded: true)
            } catch let error as ProviderError {
                sessions.refresh.tally.revocation(succeeded: false)
                let age = now().timeIntervalSince(revocation.createdAt)
                guard age < Self.lifetimeOfIdleTokens else {
                    logger.warning("revocation given up", metadata: ["error": "\(error)"])
                    return try await store.forget(revocation)
                }
                logger.info("not revoked yet", metadata: ["error": "\(error)"])
                try await store.postpone(
                    revocation,
                    by: Self.backoff.delay(
                        after: revocation.attempts,
                        random: .random(in: 0...1)
                    ),
                    because: "\(error)"
                )
            }
        } catch {
            // It is due again when its lease has run out.
            logger.warning("revocation not settled", metadata: ["error": "\(error)"])
        }
    }

    private func keepAlive(
        _ id: UUID,
        of companyID: CompanyID,
        _ providerID: ProviderID
    ) async {
        guard let provider = providers[providerID] else { return }
        do {
            guard let grant = try await store.grant(id, of: companyID) else { return }
            do {
                try await renew(grant, provider)
            } catch let error as ProviderError where error.disposition == .reauthorize {
                // Found lost just now, or before, by somebody who may not have told everyone.
                let entry = try await store.loseGrant(grant, error.failure, now: now())
                publisher.publish([entry].compactMap(\.self))
            }
        } catch {
            logger.info("grant not kept alive", metadata: ["error": "\(error)"])
        }
    }

    /// A token that may be spent is not sent while the access token works.
    private func renew(_ grant: Grant, _ provider: any Provider) async throws {
        guard grant.state != .active else {
            _ = try await sessions.refresh.newer(than: grant, provider)
            return
        }
        try await sessions.with(provider, grantID: grant.id, of: grant.companyID) {
            (session: ProviderSession) async throws(ProviderError) -> Void in
            try await provider.checkAccess(session: session)
        }
    }
}
