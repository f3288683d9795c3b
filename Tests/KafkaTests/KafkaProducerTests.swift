import Foundation
import Kafka
import Testing

@Suite(.timeLimit(.minutes(1)))
struct KafkaProducerTests {
    @Test func tenThousandRecordsAreSentWithOneAwaitInOrder() async throws {
        try await withBroker(topics: [.init("orders", partitions: 3)]) { broker in
            let records = numbered(0..<10_000, topic: "orders", partitions: 3)
            let results = try await withProducer(broker) { await $0.send(records) }
            let reports = try results.map { try $0.get() }
            #expect(reports.count == records.count)
            for partition in 0..<Int32(3) {
                let offsets = reports.filter { $0.topicPartition.partition == partition }
                    .compactMap { $0.offset?.rawValue }
                #expect(offsets == Array(0..<Int64(offsets.count)))
            }
        }
    }

    @Test func bytesChooseThePartitionAsInJava() async throws {
        try await withBroker(topics: [.init("tasks", partitions: 7)]) { broker in
            // org.apache.kafka.common.utils.UtilsTest.testMurmur2
            let vectors: [(String, Int32)] = [
                ("21", -973_932_308), ("foobar", -790_332_482),
                ("a-little-bit-long-string", -985_981_536),
                ("a-little-bit-longer-string", -1_486_304_829),
                ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
                ("abc", 479_470_107),
            ]
            let byBytes = vectors.map { text, _ in
                ProducerRecord(
                    topic: "tasks",
                    key: Array("\(text)/else".utf8),
                    value: nil,
                    partitioning: .by(Array(text.utf8))
                )
            }
            let byKey = vectors.map { text, _ in
                ProducerRecord(topic: "tasks", key: Array(text.utf8), value: [1])
            }
            let results = try await withProducer(broker) { await $0.send(byBytes + byKey) }
            let partitions = try results.map { try $0.get().topicPartition.partition }
            let expected = vectors.map { ($0.1 & 0x7fff_ffff) % 7 }
            #expect(partitions == expected + expected)
        }
    }

    @Test func oneRecordsFaultDoesNotTouchTheOthers() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            let records = [
                ProducerRecord(topic: "orders", key: nil, value: [1], partitioning: .explicit(0)),
                ProducerRecord(topic: "orders", key: nil, value: [2], partitioning: .explicit(-7)),
                ProducerRecord(topic: "orders", key: nil, value: [3], partitioning: .explicit(0)),
            ]
            let results = try await withProducer(broker) { await $0.send(records) }
            #expect(results.map { (try? $0.get()) != nil } == [true, false, true])
        }
    }

    @Test func fullQueueRefusesTheRestOfTheBatch() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            let records = numbered(0..<50, topic: "orders", partitions: 1)
            let properties = ["queue.buffering.max.messages": "10", "linger.ms": "5"]
            let results = try await withProducer(broker, properties: properties) {
                await $0.send(records)
            }
            let codes = results.map { result -> KafkaError.Code? in
                guard case .failure(let error) = result else { return nil }
                return error.code
            }
            #expect(codes.prefix(10).allSatisfy { $0 == nil })
            #expect(codes.dropFirst(10).allSatisfy { $0 == .queueFull })
        }
    }

    @Test func injectedErrorReachesTheResult() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            try await withProducer(broker) { producer in
                try broker.injectErrors([.messageTooLarge], into: .produce)
                let results = await producer.send(
                    numbered(0..<1, topic: "orders", partitions: 1)
                )
                guard case .failure(let error)? = results.first else {
                    Issue.record("the record was delivered")
                    return
                }
                #expect(error.code == .messageTooLarge)
                #expect(!error.isRetriable)
                #expect(!error.isFatal)
            }
        }
    }

    @Test func brokerThatComesBackGetsTheRecords() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            try await withProducer(broker) { producer in
                _ = await producer.send(numbered(0..<1, topic: "orders", partitions: 1))
                try broker.setDown(broker: 1)
                async let results = producer.send(numbered(1..<5, topic: "orders", partitions: 1))
                try broker.setUp(broker: 1)
                let reports = try await results.map { try $0.get() }
                #expect(reports.map { $0.offset?.rawValue } == [1, 2, 3, 4])
            }
        }
    }

    @Test func partitionCountIsTheTopics() async throws {
        try await withBroker(topics: [.init("orders", partitions: 5)]) { broker in
            let count = try await withProducer(broker) { try await $0.partitionCount(of: "orders") }
            #expect(count == 5)
        }
    }

    @Test func invalidPropertyIsNamed() {
        let error = #expect(throws: KafkaError.self) {
            try KafkaProducer(
                ProducerConfiguration(
                    bootstrapServers: "127.0.0.1:9",
                    properties: ["no.such.property": "1"]
                ),
                logger: quietLogger
            )
        }
        #expect(error?.reason.contains("no.such.property") == true)
        #expect(error?.code.rawValue == KafkaError.Code.invalidArgument.rawValue)
    }

    @Test func closedProducerRefusesRecords() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            let producer = try await withProducer(broker) { $0 }
            let results = await producer.send(numbered(0..<2, topic: "orders", partitions: 1))
            #expect(results == Array(repeating: .failure(closed), count: 2))
        }
    }

    private var closed: KafkaError {
        KafkaError(.closed, reason: "the producer is closed", operation: "enqueue")
    }
}
