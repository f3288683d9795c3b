import Domain
import Kafka
import Logging
import Store
import Synchronization

/// What waits in the database: putting requests there, and taking them back when they may run.
extension Worker {
    /// How long a request runs before Kafka's offset moves on without it.
    private static let longRun: Duration = .seconds(5)

    /// Puts requests into the database, and whatever came behind them meanwhile.
    func park(_ parkings: [Parking]) async throws {
        var parkings = parkings
        while !parkings.isEmpty {
            let batch = parkings
            let parked = try await persistently("requests not parked") {
                try await self.store.park(batch)
            }
            parkings = state.withLock { state in
                state.settle(batch.filter { parked.contains($0.claim.identity) })
            }
        }
        try balance()
    }

    /// Takes back what may run, until the worker stops.
    func unpark() async throws {
        while !stopping.isSet, !Task.isCancelled {
            var hasMore = true
            while hasMore, !stopping.isSet {
                hasMore = try await load()
            }
            _ = await reload.wait(atMost: state.withLock { $0.pauseBeforeLoad(at: .now) })
        }
    }

    /// Takes back one batch; true when there may be more that has room here.
    private func load() async throws -> Bool {
        let hasLoaded = try await turnstile.pass { () -> Bool in
            let (leases, room) = state.withLock { $0.beginLoad(at: .now) }
            let parked: [ParkedRequest]
            do {
                parked = try await store.load(leases, waiting: room, due: 64)
                if !leases.isEmpty { database.succeeded() }
            } catch {
                database.failed(error)
                logger.warning("parked requests not loaded", metadata: ["error": "\(error)"])
                // They may have been, though nobody heard: then they are nobody's but this worker's.
                let kept = try await persistently("loaded requests not found again") {
                    try await self.store.kept(leases)
                }
                parked = state.withLock { state in kept.filter { !state.has($0.claim) } }
            }
            let items = parked.map(reader.read)
            try await park(state.withLock { $0.enqueue(loaded: items, room: room) })
            return !items.isEmpty
        }
        if hasLoaded { dispatch.fire() }
        return hasLoaded
    }

    /// Lets the watermark move on behind what has run for long.
    ///
    /// Through the turnstile: should what runs end meanwhile, nothing that comes in may run before what
    /// is being parked behind it.
    func parkLongWork() async throws {
        try await turnstile.pass {
            try await park(state.withLock { $0.takeLong(since: .now - Self.longRun) })
        }
    }

    /// Stops reading partitions of which too much waits in the database, and goes on reading others.
    private func balance() throws {
        let (pause, resume) = state.withLock { $0.takePauses() }
        guard !pause.isEmpty || !resume.isEmpty else { return }
        logger.info(
            "backlog in the database bounds what is read",
            metadata: ["consumer.paused": "\(pause)", "consumer.resumed": "\(resume)"]
        )
        do throws(KafkaError) {
            try consumer.pause(pause.map(reader.topicPartition))
            try consumer.resume(resume.map(reader.topicPartition))
        } catch {
            // It is closed: nothing is read any more.
            logger.debug("partitions not paused", metadata: ["error": "\(error)"])
        }
    }
}
