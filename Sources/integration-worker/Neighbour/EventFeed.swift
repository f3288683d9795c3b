import FoundationEssentials
import Kafka
import Logging

/// Reads what the worker publishes, as the dashboard, the apps and ops would.
///
/// Each feed is a consumer group of its own that commits nothing, so that it takes from nobody.
struct EventFeed: Sendable {
    /// Where to begin.
    enum Start: String {
        case earliest, latest
    }

    private let consumer: KafkaConsumer
    private let topicPrefix: String

    init(
        _ settings: KafkaSettings,
        topics: [String],
        from start: Start,
        logger: Logger
    ) throws(KafkaError) {
        topicPrefix = settings.topicPrefix
        let properties = ["auto.offset.reset": start.rawValue, "session.timeout.ms": "6000"]
        consumer = try KafkaConsumer(
            ConsumerConfiguration(
                bootstrapServers: settings.bootstrapServers,
                groupID: "integration-worker-feed-\(UUID().uuidString.lowercased())",
                topics: topics.map { settings.topicPrefix + $0 },
                properties: properties.merging(settings.properties) { $1 },
                statisticsInterval: .milliseconds(100),
                // Nothing is worked off here, so that nothing needs to be drained.
                drainTimeout: .milliseconds(100)
            ),
            logger: logger
        )
    }

    /// Reads until the task is cancelled or ``close()``.
    ///
    /// - Parameters:
    ///   - onReady: is called once, when nothing that is published from then on can be missed.
    ///   - onEvent: is called for each event, in order per partition.
    /// - Throws: what `onEvent` throws, or a `KafkaError` where the client has failed for good.
    func run(
        onReady: @escaping @Sendable () -> Void = {},
        onEvent: @escaping @Sendable (ReceivedEvent) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            defer { consumer.close() }
            var isFirst = true
            for await event in consumer.events {
                switch event {
                case .records(let records):
                    for record in records {
                        try await onEvent(ReceivedEvent(record, topicPrefix: topicPrefix))
                    }
                case .assigned(let partitions) where isFirst:
                    isFirst = false
                    group.addTask {
                        try await knowEnds(of: partitions)
                        onReady()
                    }
                case .revoking(let revocation): revocation.complete()
                case .assigned, .failed: break
                }
            }
            try await group.waitForAll()
        }
    }

    /// Ends ``run(onReady:onEvent:)``.
    func close() { consumer.close() }

    /// A partition whose end is known has been fetched from, so that its place is fixed.
    private func knowEnds(of partitions: [TopicPartition]) async throws {
        while true {
            let known = consumer.statistics().partitions
            if partitions.allSatisfy({ known[$0]?.highWatermark != nil }) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
