import FoundationEssentials
import Glibc
import Kafka
import Ops
import Postgres
import Runtime

/// What a worker counts, as Prometheus reads it.
enum WorkerMetrics {
    private static let prefix = "integration_worker_"

    static func all(worker: WorkerStatus, pool: PoolStatus) -> [Metric] {
        [
            Metric(
                prefix + "info",
                "The versions of the program and of librdkafka.",
                labels: [
                    "version": Version.current, "librdkafka": KafkaConsumer.librdkafkaVersion,
                ],
                value: 1
            )
        ] + requests(worker) + grants(worker.grants) + lag(worker) + database(pool) + process()
    }

    private static func requests(_ status: WorkerStatus) -> [Metric] {
        func figure(
            _ name: String,
            _ help: String,
            _ value: Int,
            _ kind: Metric.Kind = .gauge
        ) -> Metric {
            Metric(prefix + name, help, kind: kind, value: Double(value))
        }
        return [
            figure(
                "joined",
                "1 once the worker is a member of its group.",
                status.hasJoined ? 1 : 0
            ),
            figure("partitions", "Partitions the worker owns.", status.partitions.count),
            figure("requests_in_flight", "Requests being worked off.", status.inFlight),
            figure("requests_waiting", "Requests that wait for one of their key.", status.waiting),
            figure("records_outstanding", "Records above the watermark.", status.outstanding),
            figure(
                "requests_retried_total",
                "Attempts that failed and were put off.",
                status.retried,
                .counter
            ),
            figure("requests_parked", "Requests that wait in the database.", status.parked),
            figure(
                "dead_letters_total",
                "Requests and records that ended as dead letters.",
                status.deadLetters,
                .counter
            ),
            figure("requests_handled_total", "Requests done.", status.handled, .counter),
            figure(
                "events_unpublished",
                "Committed, not known to be delivered.",
                status.unpublished
            ),
            figure(
                "rebalances_total",
                "Partitions assigned or revoked.",
                status.consumer.rebalanceCount,
                .counter
            ),
        ]
    }

    private static func grants(_ counts: GrantCounts) -> [Metric] {
        counts.refreshes.sorted { $0.key < $1.key }.map { outcome, count in
            Metric(
                prefix + "grant_refreshes_total",
                "Refreshes of grants by what their answer meant.",
                kind: .counter,
                labels: ["outcome": outcome],
                value: Double(count)
            )
        } + [
            Metric(
                prefix + "grants_revoked_total",
                "Grants and left-over tokens the provider has ended.",
                kind: .counter,
                value: Double(counts.revoked)
            ),
            Metric(
                prefix + "grant_revocations_failed_total",
                "Revocations the provider did not take, to be tried again.",
                kind: .counter,
                value: Double(counts.unrevoked)
            ),
        ]
    }

    private static func lag(_ status: WorkerStatus) -> [Metric] {
        status.consumer.partitions.sorted { $0.key < $1.key }.compactMap { place, figures in
            figures.lag.map { lag in
                Metric(
                    prefix + "consumer_lag_records",
                    "Records of a partition that are not committed.",
                    labels: ["topic": place.topic, "partition": String(place.partition)],
                    value: Double(lag)
                )
            }
        }
    }

    private static func database(_ pool: PoolStatus) -> [Metric] {
        [("up", pool.connected), ("idle", pool.idle), ("in_use", pool.inUse)].map { state, count in
            Metric(
                prefix + "database_connections",
                "Connections to the database; idle and in use are the exclusive ones.",
                labels: ["state": state],
                value: Double(count)
            )
        } + [
            Metric(
                prefix + "database_waiting",
                "Tasks that wait for a connection.",
                value: Double(pool.waiting)
            )
        ]
    }

    /// Nothing where the system has no `/proc`.
    private static func process() -> [Metric] {
        guard let text = FileManager.default.contents(atPath: "/proc/self/statm"),
            let pages = String(decoding: text, as: UTF8.self).split(separator: " ").dropFirst()
                .first,
            let count = Double(pages)
        else { return [] }
        return [
            Metric(
                "process_resident_memory_bytes",
                "Memory the process has in RAM.",
                value: count * Double(sysconf(Int32(_SC_PAGESIZE)))
            )
        ]
    }
}
