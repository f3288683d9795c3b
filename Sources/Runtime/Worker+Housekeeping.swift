import Domain
import FoundationEssentials
import Kafka
import Logging
import ServiceLifecycle
import Store
import Synchronization

/// What has to be done every so often, by any replica.
extension Worker {
    /// How long the group may take to tell of a partition that somebody else has.
    private static let leasePatience: Duration = .seconds(15)

    /// Keeps house once a second until the worker stops.
    func housekeep() async throws {
        var round = 0
        while !stopping.isSet, !Task.isCancelled {
            await commit(state.withLock { $0.takeCommits() })
            if let lost = state.withLock({ $0.lostLease(longerThan: Self.leasePatience) }) {
                throw LeaseLost(
                    description: "\(lost.partition) has another owner and is still assigned here; "
                        + "ending, so that the group is joined anew"
                )
            }
            do {
                publisher.publish(
                    [
                        try await store.scheduleSyncs(
                            every: configuration.syncInterval,
                            reconcilingEvery: configuration.reconcileInterval,
                            limit: 500,
                            now: Date()
                        ),
                        try await store.expireAttempts(limit: 500, now: Date()) {
                            care.providers[$0]?.failure(forExpiryOf: $1, loginURL: $2)
                                ?? Failure(.authorizationExpired)
                        },
                    ].compactMap(\.self)
                )
                if round % 30 == 0 {
                    try await sweep()
                }
            } catch {
                database.failed(error)
                logger.warning("housekeeping failed", metadata: ["error": "\(error)"])
            }
            grants.fire()
            try await parkLongWork()
            round += 1
            try await rest()
        }
    }

    /// A second, or less when the worker is told to stop.
    private func rest() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
        } catch is CancellationError where !Task.isCancelled {
            return
        }
    }

    /// Finds records nobody publishes and forgets requests that ended long ago.
    private func sweep() async throws {
        let owned = state.withLock { Array($0.leases.keys) }
        for partition in owned + [Store.schedule] {
            try await publishLeftOver(in: partition, olderThan: .seconds(30))
        }
        try await store.forgetEnded(olderThan: configuration.inboxRetention)
        while try await store.expireInbox(olderThan: configuration.inboxRetention, limit: 10_000)
            == 10_000
        {}
    }

    /// Looks after grants whenever something has become of one, and once a second.
    func careForGrants() async {
        while await grants.wait() { await care.round() }
    }

    /// Lets the producer fail for good now and then, where a rehearsal wants it.
    func rehearse() async throws {
        guard let interval = rehearsal?.fatalInterval else { return }
        while !stopping.isSet {
            do {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
            } catch is CancellationError where !Task.isCancelled {
                return
            }
            do {
                try producer.injectFatalError()
            } catch {
                logger.info("fatal error not injected", metadata: ["error": "\(error)"])
            }
        }
    }
}

/// Another process has acquired a partition's lease although the group still gives it to this one.
public struct LeaseLost: Error, CustomStringConvertible {
    /// Which partition, and what comes next.
    public let description: String
}
