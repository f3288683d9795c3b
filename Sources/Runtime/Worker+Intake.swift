import Domain
import FoundationEssentials
import Kafka
import Logging
import Store
import Synchronization

extension Worker {
    /// Takes one event of the consumer; the next waits until this one is dealt with.
    func take(_ event: ConsumerEvent) async throws {
        switch event {
        case .assigned(let partitions):
            try await own(partitions.map(reader.partition))
        case .records(let records):
            rehearsal?.pass(.recordReceived)
            try await receive(records)
        case .revoking(let revocation):
            await giveUp(revocation)
        case .failed(let error):
            logger.warning("consumer reports", metadata: ["error": "\(error)"])
        }
    }

    /// Becomes the owner, publishes what earlier owners left, and only then takes records.
    private func own(_ partitions: [RequestPartition]) async throws {
        guard !partitions.isEmpty else {
            state.withLock { $0.assign([]) }
            return
        }
        let (leases, backlog) = try await persistently("leases not acquired") {
            let leases = try await self.store.acquireLeases(
                on: partitions,
                owner: self.configuration.workerName
            )
            return (leases, try await self.store.backlog(of: partitions))
        }
        rehearsal?.pass(.leaseAcquired)
        for partition in partitions.sorted() {
            try await publishLeftOver(in: partition)
        }
        rehearsal?.pass(.leftoverPublished)
        state.withLock { $0.assign(leases, backlog: backlog) }
        reload.fire()
        logger.info(
            "leases acquired",
            metadata: [
                "lease.partitions": "\(partitions.sorted().map(\.description))",
                "inbox.parked": "\(backlog.values.reduce(0, +))",
            ]
        )
    }

    /// Publishes what is in the outbox of a partition and nobody publishes.
    func publishLeftOver(
        in partition: RequestPartition,
        olderThan age: Duration = .zero
    ) async throws {
        var last: Int64 = 0
        while true {
            await publisher.waitForRoom()
            let end = try await publisher.publishFound {
                try await persistently("outbox not read") {
                    try await self.store.leftOver(in: partition, olderThan: age, after: last)
                }
            }
            guard let end else { return }
            last = end.id
        }
    }

    private func receive(_ records: [ConsumerRecord]) async throws {
        let items = state.withLock { state in
            state.receive(
                records.compactMap { record in
                    state.leases[reader.partition(record.topicPartition)].map {
                        reader.read(record, lease: $0)
                    }
                }
            )
        }
        guard !items.isEmpty else { return }
        try await turnstile.pass {
            let claimed = try await persistently("requests not claimed") {
                state.withLock { $0.beginIntake() }
                return try await self.store.claim(items.map(\.claim))
            }
            rehearsal?.pass(.requestClaimed)
            try await park(state.withLock { $0.enqueue(items, claimed: claimed) })
        }
        dispatch.fire()
    }

    /// Lets what runs finish, writes down how far we are, and lets go.
    private func giveUp(_ revocation: Revocation) async {
        let partitions = revocation.partitions.map(reader.partition)
        let (drained, waiting) = state.withLock { $0.drain(partitions) }
        rehearsal?.pass(.drainBegun)
        if !revocation.isLost {
            await release(waiting)
            if await !drained.wait(atMost: configuration.drainBudget) {
                logger.warning(
                    "drain budget spent, unfinished requests go to the next owner",
                    metadata: ["lease.partitions": "\(partitions.map(\.description))"]
                )
            }
            // The next owner publishes what is left over: nothing of ours may come after that.
            _ = await publisher.flush(atMost: configuration.drainBudget / 2)
            await commit(state.withLock { $0.takeCommits(of: partitions) })
        }
        state.withLock { $0.revoke(partitions) }
        publisher.leave(Set(partitions))
        revocation.complete()
        logger.info(
            "leases given up",
            metadata: ["lease.partitions": "\(partitions.sorted().map(\.description))"]
        )
    }

    /// Gives back what has not begun; the next owner takes what is not given back, too.
    private func release(_ items: [WorkItem]) async {
        do {
            try await store.release(items.map(\.claim))
        } catch {
            logger.info("waiting requests not released", metadata: ["error": "\(error)"])
        }
    }

    /// Which of its partitions are another's by now; `nil` while the database does not say.
    func lostPartitions() async -> Set<RequestPartition>? {
        let leases = state.withLock { Array($0.leases.values) }
        do {
            let held = try await store.held(leases)
            let lost = leases.filter { !held.contains($0) }
            state.withLock { state in lost.forEach { state.lose($0, at: .now) } }
            return Set(lost.map(\.partition))
        } catch {
            logger.warning("leases not verified", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// Commits offsets; that it failed is no loss, the next commit covers it.
    func commit(_ offsets: [RequestPartition: Int64]) async {
        guard !offsets.isEmpty else { return }
        rehearsal?.pass(.offsetsCommitting)
        do {
            try await consumer.commit(
                Dictionary(
                    uniqueKeysWithValues: offsets.map {
                        (reader.topicPartition($0.key), Offset(rawValue: $0.value))
                    }
                )
            )
            rehearsal?.pass(.offsetsCommitted)
        } catch {
            state.withLock { $0.commitFailed(offsets.keys) }
            logger.info("offsets not committed", metadata: ["error": "\(error)"])
        }
    }

    /// Tries until it works or the task is cancelled: without the database nothing can be promised.
    func persistently<Value: Sendable>(
        _ complaint: Logger.Message,
        _ body: () async throws -> Value
    ) async throws -> Value {
        var failures = 0
        while true {
            do {
                let value = try await body()
                database.succeeded()
                return value
            } catch {
                try Task.checkCancellation()
                failures += 1
                database.failed(error)
                logger.warning(
                    complaint,
                    metadata: ["error": "\(error)", "failures": "\(failures)"]
                )
                try await Backoff(maximum: .seconds(1)).sleep(after: failures)
            }
        }
    }
}
