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
    let refresh: GrantRefresh
    let publisher: Publisher
    let logger: Logger
    let now: @Sendable () -> Date

    /// Does what is due, once.
    func round() async {
        do {
            var taken = Self.batch
            while taken == Self.batch, !Task.isCancelled {
                let due = try await store.dueRevocations(
                    limit: Self.batch,
                    lease: Self.revocationLease
                )
                await withDiscardingTaskGroup { group in
                    for revocation in due { group.addTask { await revoke(revocation) } }
                }
                taken = due.count
            }
            let idle = try await store.idleGrants(limit: Self.batch)
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
                refresh.tally.revocation(succeeded: true)
            } catch let error as ProviderError {
                refresh.tally.revocation(succeeded: false)
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
            let grant = try await refresh.usable(id, of: companyID)
            do {
                _ = try await refresh.newer(than: grant, provider)
            } catch let error as ProviderError where error.disposition == .reauthorize {
                let entry = try await store.loseGrant(grant, error.failure, now: now())
                publisher.publish([entry].compactMap(\.self))
            }
        } catch {
            logger.info("grant not kept alive", metadata: ["error": "\(error)"])
        }
    }
}
