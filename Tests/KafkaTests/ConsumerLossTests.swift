import Kafka
import Testing

/// What a consumer loses without having been asked: its partitions, or itself.
@Suite(.timeLimit(.minutes(1)))
struct ConsumerLossTests {
    @Test func aSessionThatRanOutLosesThePartitionsAndTheGroupIsJoinedAgain() async throws {
        try await withBroker(topics: [.init("orders", partitions: 2)]) { broker in
            let settings = configuration(
                broker,
                topics: ["orders"],
                properties: ["session.timeout.ms": "4000"]
            )
            try await withConsumer(settings) { consumer in
                var events = consumer.events.makeAsyncIterator()
                while let event = await events.next() {
                    if case .assigned = event { break }
                }
                try broker.setDown(broker: 1)
                var lost: Revocation?
                while lost == nil, let event = await events.next() {
                    if case .revoking(let revocation) = event { lost = revocation }
                }
                let revocation = try #require(lost)
                #expect(revocation.isLost)
                #expect(revocation.partitions.count == 2)
                try broker.setUp(broker: 1)
                revocation.complete()
                var again: [TopicPartition] = []
                while again.isEmpty, let event = await events.next() {
                    if case .assigned(let partitions) = event { again = partitions }
                }
                #expect(again.sorted() == revocation.partitions.sorted())
            }
        }
    }

    @Test func aFatalErrorRevokesAsLostAndEndsTheConsumerWithIt() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            let consumer = try KafkaConsumer(
                configuration(broker, topics: ["orders"]),
                logger: quietLogger
            )
            await #expect(throws: KafkaError.self) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await consumer.run() }
                    for await event in consumer.events {
                        switch event {
                        case .assigned: try consumer.injectFatalError()
                        case .revoking(let revocation):
                            #expect(revocation.isLost)
                            revocation.complete()
                        case .records, .failed: break
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
    }
}
