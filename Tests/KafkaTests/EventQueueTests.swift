@testable import Kafka
import Testing

@Suite struct ConsumerEventQueueTests {
    private func records(_ range: Range<Int64>, partition: Int32 = 0) -> ConsumerEvent {
        .records(
            range.map { offset in
                ConsumerRecord(
                    topicPartition: TopicPartition(topic: "t", partition: partition),
                    offset: Offset(rawValue: offset),
                    timestamp: nil,
                    key: nil,
                    value: nil,
                    headers: []
                )
            }
        )
    }

    private func offsets(_ event: ConsumerEvent?) -> [Int64]? {
        guard case .records(let records)? = event else { return nil }
        return records.map(\.offset.rawValue)
    }

    @Test func isSaturatedFromTheLimitDownToHalfOfIt() {
        var queue = ConsumerEventQueue(limit: 4, maxBatch: 1)
        for offset in 0..<Int64(4) {
            #expect(!queue.isSaturated)
            queue.append(records(offset..<offset + 1))
        }
        #expect(queue.isSaturated)
        _ = queue.popFirst()
        #expect(queue.isSaturated)
        _ = queue.popFirst()
        #expect(!queue.isSaturated)
    }

    @Test func smallBatchesAreMergedUpToTheLargest() {
        var queue = ConsumerEventQueue(limit: 100, maxBatch: 4)
        for offset in 0..<Int64(6) { queue.append(records(offset..<offset + 1)) }
        #expect(offsets(queue.popFirst()) == [0, 1, 2, 3])
        #expect(offsets(queue.popFirst()) == [4, 5])
        #expect(queue.isEmpty)
    }

    @Test func revokedPartitionDropsItsQueuedRecords() {
        var queue = ConsumerEventQueue(limit: 4, maxBatch: 2)
        queue.append(records(0..<2))
        queue.append(records(7..<9, partition: 1))
        queue.append(.assigned([]))
        queue.append(records(2..<3))
        #expect(queue.isSaturated)
        queue.dropRecords(of: [TopicPartition(topic: "t", partition: 0)])
        #expect(!queue.isSaturated)
        #expect(queue.recordCount == 2)
        #expect(offsets(queue.popFirst()) == [7, 8])
        guard case .assigned? = queue.popFirst() else {
            Issue.record("the assignment was dropped")
            return
        }
        #expect(queue.isEmpty)
    }

    @Test func repeatedErrorsWaitOnce() {
        var queue = ConsumerEventQueue(limit: 4, maxBatch: 2)
        for _ in 0..<3 {
            queue.append(.failed(KafkaError(.allBrokersDown, operation: "poll")))
        }
        #expect(queue.popFirst() != nil)
        #expect(queue.popFirst() == nil)
    }
}

@Suite struct Murmur2Tests {
    @Test(
        arguments: [
            ("21", -973_932_308), ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536), ("abc", 479_470_107),
        ] as [(String, Int32)]
    )
    func hashIsJavas(text: String, hash: Int32) {
        #expect(Murmur2.hash(Array(text.utf8)) == hash)
    }
}

@Suite struct LibrdkafkaTests {
    @Test func cooperativeAssignorWaitsForALibraryThatDoesItWell() {
        #expect(Librdkafka.defaultAssignor(number: 0x0200_02ff) == "range")
        #expect(Librdkafka.defaultAssignor(number: 0x0209_00ff) == "range")
        #expect(Librdkafka.defaultAssignor(number: 0x020a_00ff) == "cooperative-sticky")
        #expect(Librdkafka.defaultAssignor(number: 0x0210_00ff) == "cooperative-sticky")
    }
}
