import Kafka
import Logging
import Synchronization

/// A plain producer and a plain consumer: how the ledger asks and what it reads.
final class Witness: Sendable {
    /// Longer than any outage.
    private static let patience = Duration.seconds(180)

    let ledger = Ledger()
    private let producer: KafkaProducer
    private let consumer: KafkaConsumer
    private let partitions: Int
    private let markers = Mutex(0)

    /// Makes the clients; nothing is read before ``run()``.
    ///
    /// - Parameters:
    ///   - environment: what the broker told, as settings of the service.
    ///   - partitions: how many each topic has.
    /// - Throws: `KafkaError` where the library refuses a property.
    init(environment: [String: String], partitions: Int) throws(KafkaError) {
        self.partitions = partitions
        let logger = Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() }
        let bootstrap = environment["KAFKA_BOOTSTRAP_SERVERS"] ?? ""
        var properties = [
            // Whatever is done to the broker, the witness stays in its group and is back at once.
            "session.timeout.ms": "900000", "max.poll.interval.ms": "900000",
            "reconnect.backoff.ms": "20", "reconnect.backoff.max.ms": "100",
            "fetch.wait.max.ms": "10",
        ]
        producer = try KafkaProducer(
            ProducerConfiguration(
                bootstrapServers: bootstrap,
                properties: ["message.timeout.ms": "\(Int(Self.patience.seconds) * 1000)"]
            ),
            logger: logger
        )
        properties["fetch.error.backoff.ms"] = "20"
        consumer = try KafkaConsumer(
            ConsumerConfiguration(
                bootstrapServers: bootstrap,
                groupID: "chaos-witness",
                topics: Topics.published,
                properties: properties
            ),
            logger: logger
        )
    }

    /// Reads until ``close()``.
    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.producer.run() }
            group.addTask { try await self.consumer.run() }
            for await event in consumer.events {
                switch event {
                case .records(let records): ledger.note(records)
                case .revoking(let revocation): revocation.complete()
                case .assigned, .failed: break
                }
            }
            producer.close()
            try await group.waitForAll()
        }
    }

    func close() {
        consumer.close()
    }

    /// Publishes requests in order; returns once the broker has them.
    func ask(_ requests: [Request]) async throws {
        ledger.note(requests)
        _ = try await send(requests.map(\.record))
    }

    /// Publishes a request and waits for its final outcome.
    func answer(to request: Request) async throws -> Event {
        try await ask([request])
        return try await ledger.answer(to: request.id)
    }

    /// Publishes records as they are, and tells where they are.
    func send(_ records: [ProducerRecord]) async throws -> [DeliveryReport] {
        try await producer.send(records).map { try $0.get() }
    }

    /// Waits until everything that is in the broker by now has been read.
    func catchUp() async throws {
        let marker = markers.withLock { markers in
            markers += 1
            return markers
        }
        let records = Topics.published.flatMap { topic in
            (0..<partitions).map { partition in
                ProducerRecord(
                    topic: topic,
                    key: nil,
                    value: nil,
                    headers: [RecordHeader(name: Ledger.marker, text: "\(marker)")],
                    partitioning: .explicit(Int32(partition))
                )
            }
        }
        _ = try await send(records)
        try await within(Self.patience, "the witness reads what is in the broker") { [ledger] in
            try await ledger.read(marker: marker, in: records.count)
        }
    }
}
