import Domain
import FoundationEssentials
import Kafka
import Logging
import ServiceLifecycle
import Store
import Synchronization

extension Worker {
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

    /// Decides and writes, again if what was relied on has changed; false when the worker stops first.
    private func complete(_ item: WorkItem, _ logger: Logger) async -> Bool {
        var failures = 0
        while !Task.isCancelled {
            do {
                let work = try await handler.handle(item) { step in
                    try await self.write(step, of: item)
                }
                let completion = Completion(claim: item.claim, cause: item.cause, work: work)
                switch await completer.submit(completion) {
                case nil: return false
                case .conflict: logger.debug("state changed meanwhile, deciding again")
                case .fenced:
                    logger.info("completion fenced: done already, or the partition has moved")
                    return true
                case .written: return true
                }
            } catch is CancellationError {
                return false
            } catch is StepRefused {
                logger.debug("import goes on from its checkpoint")
            } catch {
                failures += 1
                logger.warning(
                    "request not handled, trying again",
                    metadata: ["error": "\(error)", "failures": "\(failures)"]
                )
                do { try await Backoff().sleep(after: failures) } catch { return false }
            }
        }
        return false
    }

    /// Writes one page of an import.
    private func write(_ step: SyncStep, of item: WorkItem) async throws -> ImportProgress {
        let completion = Completion(claim: item.claim, cause: item.cause, work: .sync(step))
        switch await completer.submit(completion) {
        case .written(_, let progress?): return progress
        case .written, .conflict: throw StepRefused()
        case .fenced, nil: throw CancellationError()
        }
    }

    // MARK: - Housekeeping

    /// What has to be done every so often, by any replica.
    func housekeep() async throws {
        var round = 0
        while !stopping.withLock(\.self), !Task.isCancelled {
            await commit(state.withLock { $0.takeCommits() })
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
        _ = try await store.expireInbox(olderThan: configuration.inboxRetention, limit: 10_000)
    }
}

/// A page was not written: it was written before, or the connection has changed.
private struct StepRefused: Error {}
