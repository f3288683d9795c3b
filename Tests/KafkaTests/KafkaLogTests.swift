import Kafka
import Testing

@Suite(.timeLimit(.minutes(1)))
struct KafkaLogTests {
    private func read(_ topics: [String], of broker: EmbeddedBroker) async throws
        -> [ConsumerRecord]
    {
        var records: [ConsumerRecord] = []
        let log = KafkaLog(
            bootstrapServers: broker.bootstrapServers,
            properties: ["fetch.wait.max.ms": "10"]
        )
        try await log.read(topics) { records.append($0) }
        return records
    }

    @Test func everyRecordIsReadOnceInOrderPerPartition() async throws {
        try await withBroker(topics: [.init("a", partitions: 3), .init("b", partitions: 1)]) {
            broker in
            _ = try await withProducer(broker) { producer in
                await producer.send(numbered(0..<9000, topic: "a", partitions: 3))
                    + producer.send(numbered(9000..<10_000, topic: "b", partitions: 1))
            }
            let records = try await read(["a", "b"], of: broker)
            #expect(Set(numbers(records)).count == 10_000)
            #expect(records.count == 10_000)
            #expect(isGapless(records))
        }
    }

    @Test func anEmptyTopicEndsAtOnce() async throws {
        try await withBroker(topics: [.init("a", partitions: 2)]) { broker in
            let records = try await read(["a"], of: broker)
            #expect(records.isEmpty)
        }
    }

    @Test func aBrokerThatDoesNotAnswerIsAnError() async throws {
        let log = KafkaLog(bootstrapServers: "127.0.0.1:1")
        do {
            try await log.read(["a"]) { _ in }
            Issue.record("it answered")
        } catch {
            #expect(error is KafkaError)
        }
    }
}
