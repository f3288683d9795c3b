@testable import Kafka
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ConsumerClosingTests {
    @Test func closingRevokesFirstAndTakesACommit() async throws {
        try await withBroker(topics: [.init("orders", partitions: 2)]) { broker in
            let settings = configuration(broker, topics: ["orders"])
            let partition = TopicPartition(topic: "orders", partition: 0)
            try await withConsumer(settings) { consumer in
                for await event in consumer.events {
                    switch event {
                    case .assigned:
                        consumer.close()
                    case .revoking(let revocation):
                        #expect(revocation.partitions.count == 2)
                        #expect(!revocation.isLost)
                        try await consumer.commit([partition: Offset(rawValue: 1)])
                        revocation.complete()
                    case .records, .failed:
                        break
                    }
                }
            }
        }
    }

    @Test func cancellationRevokesAndLeavesTheGroup() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            let settings = configuration(broker, topics: ["orders"])
            let consumer = try KafkaConsumer(settings, logger: quietLogger)
            var revoked: [TopicPartition] = []
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await consumer.run() }
                for await event in consumer.events {
                    if case .assigned = event { group.cancelAll() }
                    guard case .revoking(let revocation) = event else { continue }
                    revoked += revocation.partitions
                    revocation.complete()
                }
                try await group.waitForAll()
            }
            #expect(revoked == [TopicPartition(topic: "orders", partition: 0)])
        }
    }

    @Test func consumerThatNeverRanIsFreed() throws {
        let settings = ConsumerConfiguration(
            bootstrapServers: "127.0.0.1:9",
            groupID: "g",
            topics: ["t"]
        )
        weak var gone: KafkaConsumer?
        do {
            let consumer = try KafkaConsumer(settings, logger: quietLogger)
            gone = consumer
        }
        #expect(gone == nil)
    }

    @Test func closeBeforeRunEndsItAtOnceWithoutABroker() async throws {
        let settings = ConsumerConfiguration(
            bootstrapServers: "127.0.0.1:9",
            groupID: "g",
            topics: ["t"]
        )
        let consumer = try KafkaConsumer(settings, logger: quietLogger)
        consumer.close()
        try await consumer.run()
        await #expect(throws: KafkaError.self) { try await consumer.run() }
        await #expect(throws: KafkaError.self) {
            try await consumer.commit([TopicPartition(topic: "t", partition: 0): .init(rawValue: 1)]
            )
        }
    }

    @Test func revocationThatNobodyCompletesIsGivenUp() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            var settings = configuration(broker, topics: ["orders"])
            settings.drainTimeout = .milliseconds(100)
            let consumer = try KafkaConsumer(settings, logger: quietLogger)
            var kept: [Revocation] = []
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await consumer.run() }
                for await event in consumer.events {
                    if case .assigned = event { consumer.close() }
                    if case .revoking(let revocation) = event { kept.append(revocation) }
                }
                try await group.waitForAll()
            }
            #expect(kept.count == 1)
        }
    }

    @Test func brokerThatIsGoneIsReportedAndReadAgainWhenBack() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            try await withProducer(broker) { producer in
                _ = await producer.send(numbered(0..<5, topic: "orders", partitions: 1))
                try await withConsumer(configuration(broker, topics: ["orders"])) { consumer in
                    var records = await readRecords(5, from: consumer)
                    try broker.setDown(broker: 1)
                    for await event in consumer.events {
                        // Requests that time out on the way there may be told first.
                        guard case .failed(let error) = event, error.code == .allBrokersDown
                        else { continue }
                        #expect(error.isRetriable)
                        break
                    }
                    try broker.setUp(broker: 1)
                    _ = await producer.send(numbered(5..<10, topic: "orders", partitions: 1))
                    records += await readRecords(5, from: consumer)
                    #expect(numbers(records) == Array(0..<10))
                }
            }
        }
    }

    @Test func statisticsTellPositionCommitAndLag() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            _ = try await withProducer(broker) {
                await $0.send(numbered(0..<10, topic: "orders", partitions: 1))
            }
            let partition = TopicPartition(topic: "orders", partition: 0)
            try await withConsumer(configuration(broker, topics: ["orders"])) { consumer in
                _ = await readRecords(10, from: consumer)
                let expected = ConsumerStatistics.Partition(
                    position: Offset(rawValue: 10),
                    committed: Offset(rawValue: 4),
                    highWatermark: Offset(rawValue: 10),
                    lag: 6
                )
                while consumer.statistics().partitions[partition] != expected {
                    try Task.checkCancellation()
                    // Every answer is a sign of life of the thread that renews the figures.
                    try await consumer.commit([partition: Offset(rawValue: 4)])
                }
                #expect(consumer.statistics().rebalanceCount == 1)
                #expect(consumer.statistics().totalLag == 6)
            }
        }
    }
}
