@testable import Kafka
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ProducerRebuildTests {
    @Test func fatalErrorFailsWhatIsUnderWayAndNothingOvertakes() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            try await withProducer(broker) { producer in
                _ = await producer.send(numbered(0..<10, topic: "orders", partitions: 1))
                try broker.setRoundTripTime(.milliseconds(500))
                let failed = await withCheckedContinuation { continuation in
                    producer.enqueue(numbered(10..<20, topic: "orders", partitions: 1)) {
                        continuation.resume(returning: $0)
                    }
                    #expect(throws: Never.self) { try producer.injectFatalError() }
                }
                #expect(producer.generation == 1)
                #expect(failed.contains { $0.isFatalFailure })
                let refused = await producer.send(numbered(20..<30, topic: "orders", partitions: 1))
                #expect(refused.allSatisfy { $0.isFatalFailure })

                try broker.setRoundTripTime(.zero)
                #expect(!producer.acknowledgeRebuild(0))
                #expect(producer.acknowledgeRebuild(producer.generation))
                let again = numbered(10..<30, topic: "orders", partitions: 1)
                #expect(await producer.send(again).allSatisfy { (try? $0.get()) != nil })
            }
            let records = try await withConsumer(configuration(broker, topics: ["orders"])) {
                await readUntil(29, from: $0)
            }
            // The broker may have what failed under way: repeats, but no gap and no overtaking.
            var seen: [Int] = []
            for number in numbers(records) where !seen.contains(number) { seen.append(number) }
            #expect(seen == Array(0..<30))
        }
    }

    @Test func everyFatalErrorRebuildsAgain() async throws {
        try await withBroker(topics: [.init("orders", partitions: 1)]) { broker in
            try await withProducer(broker) { producer in
                for round in 1...3 {
                    try producer.injectFatalError()
                    let record = numbered(round..<round + 1, topic: "orders", partitions: 1)
                    #expect(await producer.send(record).allSatisfy { $0.isFatalFailure })
                    #expect(producer.generation == round)
                    #expect(producer.acknowledgeRebuild(round))
                    #expect(await producer.send(record).allSatisfy { !$0.isFatalFailure })
                }
            }
        }
    }

    private func readUntil(_ last: Int, from consumer: KafkaConsumer) async -> [ConsumerRecord] {
        var records: [ConsumerRecord] = []
        while numbers(records).last != last {
            let more = await readRecords(1, from: consumer)
            guard !more.isEmpty else { break }
            records += more
        }
        return records
    }
}

extension Result where Failure == KafkaError {
    fileprivate var isFatalFailure: Bool {
        guard case .failure(let error) = self else { return false }
        return error.isFatal && error.isRetriable
    }
}
