import Domain
import FoundationEssentials
import Kafka
import Logging
import ServiceLifecycle
import Store
import Synchronization

extension Worker {
    /// After how many failures that do not pass by themselves a request is given up.
    private static let maximumFailures = 10
    /// How long the group may take to tell of a partition that somebody else has.
    private static let leasePatience: Duration = .seconds(15)

    /// Works one item off, to its end.
    func work(_ item: WorkItem) async {
        var logger = logger
        logger[metadataKey: "request.id"] = "\(item.claim.identity.id)"
        logger[metadataKey: "request.partition"] = "\(item.claim.lease.partition)"
        logger[metadataKey: "company.id"] = "\(item.claim.identity.companyID)"
        if case .rejected(_, let rejection) = item.content {
            logger.warning("record rejected", metadata: ["rejection": "\(rejection)"])
        }
        let isDone = await complete(item, logger)
        for drained in state.withLock({ $0.finish(item, isDone: isDone) }) { drained.fire() }
        dispatch.fire()
    }

    /// Decides and writes, again if what was relied on has changed; false when the request is left
    /// to whoever has the partition next.
    private func complete(_ item: WorkItem, _ logger: Logger) async -> Bool {
        var failures = 0
        while !mustStop(item) {
            do {
                let work =
                    try await failures < Self.maximumFailures
                    ? handler.handle(item) { try await self.write($0, of: item) }
                    : handler.abandoned(item)
                let completion = Completion(claim: item.claim, cause: item.cause, work: work)
                switch await completer.submit(completion) {
                case .result(.written), .result(.alreadyDone): return true
                case .result(.leaseLost):
                    state.withLock { $0.lose(item.claim.lease, at: .now) }
                    return false
                case .stopped: return false
                case .result(.conflict): throw ChangedMeanwhile()
                case .impossible(let error): throw error
                }
            } catch is CancellationError {
                return false
            } catch {
                // The database's absence is no fault of the request's, however long it lasts.
                if !Store.isPassing(error) { failures += 1 }
                logger.warning(
                    "request not handled, trying again",
                    metadata: ["error": "\(error)", "failures": "\(failures)"]
                )
                do { try await Backoff().sleep(after: max(1, failures)) } catch { return false }
            }
        }
        return false
    }

    /// Whether an item's partition is being given up; what is not written by then is not spent.
    private func mustStop(_ item: WorkItem) -> Bool {
        Task.isCancelled || state.withLock { $0.isDraining(item.claim.lease.partition) }
    }

    /// Writes one page of an import.
    private func write(_ step: SyncStep, of item: WorkItem) async throws -> ImportProgress {
        let completion = Completion(claim: item.claim, cause: item.cause, work: .sync(step))
        switch await completer.submit(completion) {
        case .result(.written(_, let progress?)):
            if mustStop(item) { throw CancellationError() }
            return progress
        case .result(.written), .result(.conflict): throw ChangedMeanwhile()
        case .result(.alreadyDone), .result(.leaseLost), .stopped: throw CancellationError()
        case .impossible(let error): throw error
        }
    }

    // MARK: - Housekeeping

    /// What has to be done every so often, by any replica.
    func housekeep() async throws {
        var round = 0
        while !stopping.withLock(\.self), !Task.isCancelled {
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
                            limit: 500,
                            now: Date()
                        ),
                        try await store.expireAttempts(limit: 500, now: Date()),
                    ].compactMap(\.self)
                )
                if round % 30 == 0 {
                    try await sweep()
                }
            } catch {
                logger.warning("housekeeping failed", metadata: ["error": "\(error)"])
            }
            round += 1
            try await pause()
        }
    }

    /// A second, or less when the worker is told to stop.
    private func pause() async throws {
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
}

/// What was relied on has changed: deciding again begins with what is now, an import with its
/// checkpoint.
private struct ChangedMeanwhile: Error {}

/// Another process has acquired a partition's lease although the group still gives it to this one.
struct LeaseLost: Error, CustomStringConvertible {
    let description: String
}
