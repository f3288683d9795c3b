import Kafka
import Synchronization
import Testing

/// Both ways to rebalance; each in a cluster of its own, as the broker wants one per group.
@Suite(.timeLimit(.minutes(1)))
struct ConsumerGroupTests {
    static let assignors = ["range", "cooperative-sticky"]

    @Test(arguments: assignors)
    func leavingMembersPartitionsMoveAndNothingIsLost(assignor: String) async throws {
        try await withBroker(topics: [.init("orders", partitions: 4)]) { broker in
            let settings = configuration(
                broker,
                topics: ["orders"],
                properties: ["partition.assignment.strategy": assignor]
            )
            let total = 400
            let seen = Ledger(expecting: total)
            try await withProducer(broker) { producer in
                try await withConsumer(settings) { stayer in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask { try await readAndCommit(stayer, into: seen) }
                        try await leaveAfterSharing(settings, seen, producer)
                        let rest = numbered(200..<total, topic: "orders", partitions: 4)
                        _ = await producer.send(rest)
                        try await seen.waitForAll()
                        group.cancelAll()
                    }
                }
            }
            #expect(seen.counts.keys.sorted() == Array(0..<total))
            #expect(seen.repeatsOfCommitted.isEmpty)
        }
    }

    /// Joins as a second member, reads some, and leaves.
    private func leaveAfterSharing(
        _ settings: ConsumerConfiguration,
        _ seen: Ledger,
        _ producer: KafkaProducer
    ) async throws {
        try await withConsumer(settings) { leaver in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let shared = Signal()
                group.addTask {
                    try await readAndCommit(leaver, into: seen) { if !$0.isEmpty { shared.fire() } }
                }
                await shared.wait()
                _ = await producer.send(numbered(0..<200, topic: "orders", partitions: 4))
                try await seen.wait(for: 200)
                leaver.close()
                try await group.waitForAll()
            }
        }
    }

    @Test(arguments: assignors)
    func revokedPartitionsStayUntilTheyAreDrained(assignor: String) async throws {
        try await withBroker(topics: [.init("orders", partitions: 2)]) { broker in
            let settings = configuration(
                broker,
                topics: ["orders"],
                properties: ["partition.assignment.strategy": assignor],
                maxBatch: 10
            )
            _ = try await withProducer(broker) {
                await $0.send(numbered(0..<100, topic: "orders", partitions: 2))
            }
            let steps = Steps()
            try await withConsumer(settings) { first in
                var held: Revocation?
                _ = await readRecords(100, from: first)
                try await withConsumer(settings) { second in
                    for await event in first.events {
                        guard case .revoking(let revocation) = event else { continue }
                        held = revocation
                        break
                    }
                    let revocation = try #require(held)
                    #expect(!revocation.isLost)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask {
                            for await event in second.events {
                                guard case .assigned(let partitions) = event, !partitions.isEmpty
                                else { continue }
                                steps.add("assigned")
                                break
                            }
                        }
                        steps.add("drained")
                        revocation.complete()
                        try await group.waitForAll()
                    }
                }
            }
            #expect(steps.all == ["drained", "assigned"])
        }
    }
}

/// What happened, in order.
final class Steps: Sendable {
    private let steps = Mutex<[String]>([])

    var all: [String] { steps.withLock { $0 } }

    func add(_ step: String) { steps.withLock { $0.append(step) } }
}

/// Counts how often each number was read.
final class Ledger: Sendable {
    private struct State {
        var counts: [Int: Int] = [:]
        var committed: Set<Int> = []
        var repeatsOfCommitted: Set<Int> = []
    }

    private let state = Mutex(State())
    private let changed = Signal()
    private let total: Int

    init(expecting total: Int) { self.total = total }

    var counts: [Int: Int] { state.withLock { $0.counts } }
    var repeatsOfCommitted: Set<Int> { state.withLock { $0.repeatsOfCommitted } }

    func add(_ numbers: [Int], areCommitted: Bool) {
        state.withLock { state in
            for number in numbers { state.counts[number, default: 0] += 1 }
            state.repeatsOfCommitted.formUnion(state.committed.intersection(numbers))
            if areCommitted { state.committed.formUnion(numbers) }
        }
        changed.fire()
    }

    func wait(for count: Int) async throws {
        while counts.count < count {
            try Task.checkCancellation()
            await changed.wait()
        }
    }

    func waitForAll() async throws { try await wait(for: total) }
}

/// A latched wake-up for one waiter.
final class Signal: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func fire() { continuation.yield() }

    func wait() async {
        var iterator = stream.makeAsyncIterator()
        _ = await iterator.next()
    }
}

/// Reads until the events end or the task is cancelled, and commits every batch.
func readAndCommit(
    _ consumer: KafkaConsumer,
    into ledger: Ledger,
    onAssigned: ([TopicPartition]) -> Void = { _ in }
) async throws {
    for await event in consumer.events {
        switch event {
        case .assigned(let partitions):
            onAssigned(partitions)
        case .records(let records):
            let offsets = records.map { ($0.topicPartition, $0.offset.next) }
            do throws(KafkaError) {
                try await consumer.commit(Dictionary(offsets, uniquingKeysWith: max))
                ledger.add(numbers(records), areCommitted: true)
            } catch {
                // The embedded broker takes no commit in a rebalance, where a real one does.
                #expect([.rebalanceInProgress, .illegalGeneration].contains(error.code))
                ledger.add(numbers(records), areCommitted: false)
            }
        case .revoking(let revocation):
            revocation.complete()
        case .failed:
            break
        }
    }
}
