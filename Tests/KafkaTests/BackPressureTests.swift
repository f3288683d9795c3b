import Kafka
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BackPressureTests {
    @Test func slowReaderGetsEveryRecordOnceAndInOrder() async throws {
        try await withBroker(topics: [.init("orders", partitions: 3)]) { broker in
            let total = 6000
            _ = try await withProducer(broker) {
                await $0.send(numbered(0..<total, topic: "orders", partitions: 3))
            }
            let settings = configuration(
                broker,
                topics: ["orders"],
                maxBufferedRecords: 100,
                maxBatch: 20
            )
            let records = try await withConsumer(settings) { consumer in
                var records: [ConsumerRecord] = []
                for await event in consumer.events {
                    guard case .records(let batch) = event else { continue }
                    #expect(batch.count <= 20)
                    records += batch
                    // Lets the buffer fill, so that the partitions pause again and again.
                    for _ in 0..<20 { await Task.yield() }
                    if records.count >= total { break }
                }
                return records
            }
            #expect(records.count == total)
            #expect(isGapless(records))
            #expect(numbers(records).sorted() == Array(0..<total))
        }
    }

    @Test func readerThatStopsIsNotFlooded() async throws {
        try await withBroker(topics: [.init("orders", partitions: 2)]) { broker in
            let total = 2000
            try await withProducer(broker) { producer in
                _ = await producer.send(numbered(0..<total, topic: "orders", partitions: 2))
                let settings = configuration(
                    broker,
                    topics: ["orders"],
                    maxBufferedRecords: 50,
                    maxBatch: 10
                )
                try await withConsumer(settings) { consumer in
                    var records = await readRecords(10, from: consumer)
                    // The consumer goes on to answer while nobody reads its records.
                    for round in 0..<20 {
                        let partition = TopicPartition(topic: "orders", partition: 0)
                        try await consumer.commit([partition: Offset(rawValue: Int64(round))])
                    }
                    let position = consumer.statistics().partitions.values
                        .reduce(0) { $0 + ($1.position?.rawValue ?? 0) }
                    #expect(position <= 70)
                    records += await readRecords(total - records.count, from: consumer)
                    #expect(isGapless(records))
                    #expect(numbers(records).sorted() == Array(0..<total))
                }
            }
        }
    }

    @Test func partitionTheCallerPausedStaysPaused() async throws {
        try await withBroker(topics: [.init("orders", partitions: 2)]) { broker in
            try await withProducer(broker) { producer in
                let settings = configuration(
                    broker,
                    topics: ["orders"],
                    maxBufferedRecords: 20,
                    maxBatch: 5
                )
                try await withConsumer(settings) { consumer in
                    let paused = TopicPartition(topic: "orders", partition: 0)
                    for await event in consumer.events {
                        if case .assigned = event { break }
                    }
                    try consumer.pause([paused])
                    // A commit's answer comes after the pause was obeyed.
                    try await consumer.commit([paused: Offset(rawValue: 0)])
                    _ = await producer.send(numbered(0..<400, topic: "orders", partitions: 2))
                    let others = await readRecords(200, from: consumer)
                    #expect(others.allSatisfy { $0.topicPartition.partition == 1 })
                    try consumer.resume([paused])
                    let rest = await readRecords(200, from: consumer)
                    #expect(isGapless(rest))
                    #expect(numbers(others + rest).sorted() == Array(0..<400))
                }
            }
        }
    }

    @Test func aQuietPartitionsRecordIsNotBehindABusyOnesBacklog() async throws {
        try await withBroker(topics: [.init("orders", partitions: 2)]) { broker in
            try await withProducer(broker) { producer in
                let busy = numbered(0..<20_000, topic: "orders", partitions: 1)
                let settings = configuration(
                    broker,
                    topics: ["orders"],
                    maxBufferedRecords: 200,
                    maxBatch: 100
                )
                try await withConsumer(settings) { consumer in
                    _ = await producer.send(busy)
                    _ = await readRecords(200, from: consumer)
                    var quiet = numbered(20_000..<20_001, topic: "orders", partitions: 1)
                    quiet[0].partitioning = .explicit(1)
                    _ = await producer.send(quiet)
                    var count = 0
                    for await event in consumer.events {
                        guard case .records(let records) = event else { continue }
                        count += records.count
                        if records.contains(where: { $0.topicPartition.partition == 1 }) { break }
                    }
                    #expect(count < 10_000)
                    let rest = await readRecords(20_001 - 200 - count, from: consumer)
                    #expect(rest.count == 20_001 - 200 - count)
                }
            }
        }
    }

    @Test func aPauseKeepsWhatWasPrefetchedAndLosesNothing() async throws {
        try await withBroker(topics: [.init("orders", partitions: 2)]) { broker in
            try await withProducer(broker) { producer in
                _ = await producer.send(numbered(0..<2000, topic: "orders", partitions: 2))
                let settings = configuration(
                    broker,
                    topics: ["orders"],
                    maxBufferedRecords: 40,
                    maxBatch: 10
                )
                try await withConsumer(settings) { consumer in
                    let paused = TopicPartition(topic: "orders", partition: 0)
                    var records = await readRecords(100, from: consumer)
                    // The other partition alone has more than all of this reads.
                    for _ in 0..<5 {
                        try consumer.pause([paused])
                        records += await readRecords(40, from: consumer)
                        try consumer.resume([paused])
                        records += await readRecords(40, from: consumer)
                    }
                    records += await readRecords(2000 - records.count, from: consumer)
                    #expect(isGapless(records))
                    #expect(Set(numbers(records)).count == 2000)
                }
            }
        }
    }
}
