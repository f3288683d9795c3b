import Kafka
import Logging
import Sandbox
import Synchronization

/// Short timings: the embedded broker's group and fetch delays follow from them.
let quickConsumer = [
    "session.timeout.ms": "6000",
    "heartbeat.interval.ms": "500",
    "fetch.wait.max.ms": "10",
    "topic.metadata.refresh.interval.ms": "1000",
    "reconnect.backoff.ms": "50",
]

let quietLogger = Logger(label: "kafka.tests") { _ in SwiftLogNoOpLogHandler() }

func withBroker<Result>(
    brokers: Int = 1,
    topics: [EmbeddedBroker.Topic],
    _ body: (EmbeddedBroker) async throws -> Result
) async throws -> Result {
    let broker = try EmbeddedBroker.onStablePort(brokers: brokers, topics: topics)
    defer { broker.close() }
    return try await body(broker)
}

func withProducer<Result: Sendable>(
    _ broker: EmbeddedBroker,
    properties: [String: String] = ["linger.ms": "5", "reconnect.backoff.ms": "50"],
    _ body: (KafkaProducer) async throws -> Result
) async throws -> Result {
    let producer = try KafkaProducer(
        ProducerConfiguration(
            bootstrapServers: broker.bootstrapServers,
            properties: properties,
            flushTimeout: .seconds(5)
        ),
        logger: quietLogger
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await producer.run() }
        defer { producer.close() }
        return try await body(producer)
    }
}

func configuration(
    _ broker: EmbeddedBroker,
    topics: [String],
    group: String = "group",
    properties: [String: String] = [:],
    maxBufferedRecords: Int = 2000,
    maxBatch: Int = 500
) -> ConsumerConfiguration {
    ConsumerConfiguration(
        bootstrapServers: broker.bootstrapServers,
        groupID: group,
        topics: topics,
        properties: quickConsumer.merging(properties) { $1 },
        maxBufferedRecords: maxBufferedRecords,
        maxBatch: maxBatch,
        statisticsInterval: .milliseconds(100),
        drainTimeout: .seconds(20)
    )
}

/// Runs a consumer around the body, then closes it and completes what is revoked by that.
func withConsumer<Result: Sendable>(
    _ configuration: ConsumerConfiguration,
    _ body: (KafkaConsumer) async throws -> Result
) async throws -> Result {
    let consumer = try KafkaConsumer(configuration, logger: quietLogger)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await consumer.run() }
        do {
            let result = try await body(consumer)
            await finish(consumer)
            try await group.waitForAll()
            return result
        } catch {
            await finish(consumer)
            throw error
        }
    }
}

/// Closes a consumer and completes its revocations until its events end.
func finish(_ consumer: KafkaConsumer) async {
    consumer.close()
    for await event in consumer.events {
        if case .revoking(let revocation) = event { revocation.complete() }
    }
}

/// Reads this many records, whatever else happens.
func readRecords(_ count: Int, from consumer: KafkaConsumer) async -> [ConsumerRecord] {
    var records: [ConsumerRecord] = []
    guard count > 0 else { return records }
    for await event in consumer.events {
        switch event {
        case .records(let batch): records += batch
        case .revoking(let revocation): revocation.complete()
        case .assigned, .failed: break
        }
        if records.count >= count { break }
    }
    return records
}

func numbered(_ range: Range<Int>, topic: String, partitions: Int32) -> [ProducerRecord] {
    range.map { number in
        ProducerRecord(
            topic: topic,
            key: nil,
            value: Array("\(number)".utf8),
            partitioning: .explicit(Int32(number) % partitions)
        )
    }
}

/// The numbers the records carry.
func numbers(_ records: [ConsumerRecord]) -> [Int] {
    records.compactMap { $0.value.flatMap { Int(String(decoding: $0, as: UTF8.self)) } }
}

/// Whether, per partition, offsets follow one another without a gap, a repeat or a step back.
func isGapless(_ records: [ConsumerRecord]) -> Bool {
    Dictionary(grouping: records, by: \.topicPartition).values.allSatisfy { records in
        zip(records, records.dropFirst()).allSatisfy { $0.offset.next == $1.offset }
    }
}
