import FoundationEssentials
import Kafka
import Ops
import Postgres
import Runtime
import Synchronization

/// Answers for the worker and its neighbours.
final class WorkerProbes: Sendable {
    /// How long work may wait without any being done before only a restart helps.
    private static let patience: Duration = .seconds(600)

    private struct Progress {
        var handled = 0
        var since = ContinuousClock.now
    }

    private let worker: Worker
    private let pool: PostgresPool
    private let signals: SignalWatch
    private let progress = Mutex(Progress())

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

    /// Stuck where work waits and none was done for long, though the database is there.
    private var liveness: Dependency {
        let status = worker.status
        let isIdle = status.inFlight == 0 && status.waiting == 0 && status.consumer.totalLag == 0
        let stuck = progress.withLock { progress in
            if isIdle || status.handled != progress.handled || pool.status.connected == 0 {
                progress = Progress(handled: status.handled)
            }
            return ContinuousClock.now - progress.since
        }
        guard stuck > Self.patience else { return Dependency("worker", isAvailable: true) }
        return Dependency(
            "worker",
            isAvailable: false,
            reason: "requests wait and none was done for \(stuck.components.seconds) s"
        )
    }

    /// The worker starts only on a database without pending migrations, and they do not come back.
    private var readiness: [Dependency] {
        let database = pool.status
        let status = worker.status
        let isDraining = signals.hasBeenSignalled
        return [
            Dependency(
                "database",
                isAvailable: database.connected > 0,
                reason: database.connected > 0 ? nil : database.lastError ?? "not connected yet"
            ),
            Dependency("migrations", isAvailable: true, reason: "current when it started"),
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
}
