import Kafka
import Ops
import Postgres
import Runtime
import Synchronization

/// Answers for the worker and its neighbours.
final class WorkerProbes: Sendable {
    private let worker: Worker
    private let pool: PostgresPool
    private let signals: SignalWatch
    private let progress = Mutex(ProgressWatch())

    init(worker: Worker, pool: PostgresPool, signals: SignalWatch) {
        self.worker = worker
        self.pool = pool
        self.signals = signals
    }

    var probes: OpsProbes {
        OpsProbes(
            liveness: { self.liveness },
            readiness: { self.readiness },
            metrics: { WorkerMetrics.all(worker: self.worker.status, pool: self.pool.status) }
        )
    }

    private var liveness: Dependency {
        let status = worker.status
        let observation = ProgressWatch.Observation(
            backlog: status.consumer.totalLag + Int64(status.waiting),
            inFlight: status.inFlight,
            handled: status.handled,
            watermark: status.watermark,
            hasNeighbours: database.isAvailable && broker(status).isAvailable
        )
        let stuck = progress.withLock { $0.observe(observation, at: .now) }
        guard let stuck else { return Dependency("worker", isAvailable: true) }
        return Dependency(
            "worker",
            isAvailable: false,
            reason:
                "\(observation.backlog) records wait, none is worked off, and nothing has moved "
                + "for \(stuck.components.seconds) s"
        )
    }

    /// The worker starts only on a database without pending migrations, and they do not come back.
    private var readiness: [Dependency] {
        let status = worker.status
        let isDraining = signals.hasBeenSignalled
        return [
            database,
            Dependency("migrations", isAvailable: true, reason: "current when it started"),
            broker(status),
            Dependency(
                "group",
                isAvailable: status.hasJoined,
                reason: status.hasJoined
                    ? "\(status.partitions.count) partitions" : "not joined yet"
            ),
            Dependency(
                "worker",
                isAvailable: !isDraining,
                reason: isDraining ? "draining" : nil
            ),
        ]
    }

    /// A connection alone does not do: the server behind it may be read-only, full, or refuse the role.
    private var database: Dependency {
        let pool = pool.status
        guard pool.connected > 0 else {
            return Dependency(
                "database",
                isAvailable: false,
                reason: pool.lastError ?? "not connected yet"
            )
        }
        let failure = worker.status.databaseFailure
        return Dependency("database", isAvailable: failure == nil, reason: failure)
    }

    private func broker(_ status: WorkerStatus) -> Dependency {
        guard status.consumer.isConnected else {
            return Dependency("broker", isAvailable: false, reason: "no broker is connected")
        }
        let failure = status.publicationFailure
        return Dependency("broker", isAvailable: failure == nil, reason: failure)
    }
}
