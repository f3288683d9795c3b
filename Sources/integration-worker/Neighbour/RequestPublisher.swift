import Domain
import FoundationEssentials
import Kafka
import Logging

/// Publishes requests as the dashboard does: CloudEvents in binary mode.
struct RequestPublisher: Sendable {
    /// `ce_source` of what the command line publishes.
    static let source = "/command-line"

    private let producer: KafkaProducer
    private let topicPrefix: String

    init(_ settings: KafkaSettings, logger: Logger) throws(KafkaError) {
        topicPrefix = settings.topicPrefix
        // A person waits for the answer, so that a delivery may not take for ever.
        let defaults = ["message.timeout.ms": "10000", "linger.ms": "0"]
        producer = try KafkaProducer(
            ProducerConfiguration(
                bootstrapServers: settings.bootstrapServers,
                properties: defaults.merging(settings.properties) { $1 }
            ),
            logger: logger
        )
    }

    /// Lends itself for as long as the body runs.
    func run<Result: Sendable>(
        _ body: (RequestPublisher) async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await producer.run() }
            defer { producer.close() }
            return try await body(self)
        }
    }

    /// Publishes a request and returns once the broker has it; its `ce_id` is chosen before, so that
    /// its outcome can be waited for.
    func publish(_ request: OutgoingRequest, id: String) async throws {
        try await publish(
            topic: request.topic,
            key: request.key,
            headers: request.headers(id: id),
            value: try request.data()
        )
    }

    /// Publishes any record.
    func publish(
        topic: String,
        key: String?,
        headers: [RecordHeader],
        value: [UInt8]
    ) async throws {
        let record = ProducerRecord(
            topic: topicPrefix + topic,
            key: key.map { Array($0.utf8) },
            value: value,
            headers: headers
        )
        for result in await producer.send([record]) { _ = try result.get() }
    }
}
