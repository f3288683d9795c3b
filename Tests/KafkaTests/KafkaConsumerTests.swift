import Kafka
import Testing

@Suite(.timeLimit(.minutes(1)))
struct KafkaConsumerTests {
    @Test func nullAndEmptyKeysValuesAndHeadersArePreserved() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            let headers = [
                RecordHeader(name: "a", text: "1"), RecordHeader(name: "a", text: "2"),
                RecordHeader(name: "null", value: nil), RecordHeader(name: "empty", value: []),
            ]
            let sent = [
                ProducerRecord(topic: "orders", key: nil, value: [1], headers: headers),
                ProducerRecord(topic: "orders", key: [1], value: nil),
                ProducerRecord(topic: "orders", key: [], value: []),
            ]
            _ = try await withProducer(broker) { await $0.send(sent) }
            let read = try await withConsumer(configuration(broker, topics: ["orders"])) {
                await readRecords(3, from: $0)
            }
            #expect(read.map(\.key) == sent.map(\.key))
            #expect(read.map(\.value) == sent.map(\.value))
            #expect(read.map(\.headers) == sent.map(\.headers))
            #expect(read.allSatisfy { ($0.timestamp ?? 0) > 1_600_000_000_000 })
        }
    }

    @Test func committedOffsetIsWhereARestartGoesOn() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            _ = try await withProducer(broker) {
                await $0.send(numbered(0..<20, topic: "orders", partitions: 1))
            }
            let partition = TopicPartition(topic: "orders", partition: 0)
            let settings = configuration(broker, topics: ["orders"])
            try await withConsumer(settings) { consumer in
                _ = await readRecords(20, from: consumer)
                try await consumer.commit([partition: Offset(rawValue: 12)])
            }
            let rest = try await withConsumer(settings) { await readRecords(8, from: $0) }
            #expect(numbers(rest) == Array(12..<20))
        }
    }

    @Test func invalidPropertyIsNamed() {
        let error = #expect(throws: KafkaError.self) {
            try KafkaConsumer(
                ConsumerConfiguration(
                    bootstrapServers: "127.0.0.1:9",
                    groupID: "g",
                    topics: ["t"],
                    properties: ["session.timeout.ms": "soon"]
                ),
                logger: quietLogger
            )
        }
        #expect(error?.reason.contains("session.timeout.ms") == true)
    }
}
