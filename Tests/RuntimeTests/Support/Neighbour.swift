import FoundationEssentials
import Kafka
import Logging
import Synchronization

/// A record as a neighbour reads it: once, however often it is looked at.
struct Received: Sendable {
    let record: ConsumerRecord
    let topic: String
    let type: String?
    let key: String
    private let content: Node?

    init(_ record: ConsumerRecord) {
        self.record = record
        topic = record.topicPartition.topic
        type = record.headers.first { $0.name == "ce_type" }?.value
            .map { String(decoding: $0, as: UTF8.self) }
        key = String(decoding: record.key ?? [], as: UTF8.self)
        content = record.value.flatMap { try? JSONDecoder().decode(Node.self, from: Data($0)) }
    }

    var isTombstone: Bool { record.value == nil }

    func header(_ name: String) -> String? {
        record.headers.first { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The value at a path of field names, as text.
    func field(_ path: String...) -> String? {
        guard var node = content else { return nil }
        for name in path {
            guard case .object(let members) = node, let member = members[name] else { return nil }
            node = member
        }
        return node.text
    }

    private enum Node: Decodable {
        case object([String: Node])
        case text(String?)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let object = try? container.decode([String: Node].self) {
                self = .object(object)
            } else if let bool = try? container.decode(Bool.self) {
                self = .text(String(bool))
            } else if let number = try? container.decode(Int64.self) {
                self = .text(String(number))
            } else {
                self = .text(try? container.decode(String.self))
            }
        }

        var text: String? {
            if case .text(let text) = self { return text }
            return nil
        }
    }
}

/// The dashboard and the desktop apps: publishes requests, keeps everything that comes back.
final class Neighbour: Sendable {
    private struct State {
        var received: [Received] = []
        var waiters:
            [(id: Int, isMet: ([Received]) -> Bool, continuation: AsyncStream<Void>.Continuation)] =
                []
        var nextID = 0
    }

    let producer: KafkaProducer
    private let consumer: KafkaConsumer
    private let state = Mutex(State())

    init(bootstrapServers: String, properties: [String: String], logger: Logger) throws {
        producer = try KafkaProducer(
            ProducerConfiguration(bootstrapServers: bootstrapServers, properties: properties),
            logger: logger
        )
        consumer = try KafkaConsumer(
            ConsumerConfiguration(
                bootstrapServers: bootstrapServers,
                groupID: "neighbour",
                topics: [
                    "integration-outcome", "task-updated", "integration-request.dlq",
                    "sync-request.dlq",
                ],
                properties: properties
            ),
            logger: logger
        )
    }

    var received: [Received] { state.withLock(\.received) }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.producer.run() }
            group.addTask { try await self.consumer.run() }
            for await event in consumer.events {
                switch event {
                case .records(let records): keep(records.map { Received($0) })
                case .revoking(let revocation): revocation.complete()
                case .assigned, .failed: break
                }
            }
            producer.close()
            try await group.waitForAll()
        }
    }

    func close() {
        consumer.close()
    }

    /// Waits until enough has been received.
    func wait(until isMet: @escaping @Sendable ([Received]) -> Bool) async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        state.withLock { state in
            if isMet(state.received) {
                continuation.finish()
            } else {
                state.nextID += 1
                state.waiters.append((state.nextID, isMet, continuation))
            }
        }
        for await _ in stream {}
    }

    /// Waits for the first outcome of a request, of a type if one is given.
    func outcome(of requestID: String, type: String? = nil) async -> Received? {
        let matches: @Sendable (Received) -> Bool = { record in
            record.topic == "integration-outcome" && record.field("requestId") == requestID
                && (type == nil || record.type == type)
        }
        await wait { $0.contains(where: matches) }
        return received.first(where: matches)
    }

    /// The task events of a person, in order.
    func tasks(of company: String, _ user: String) -> [Received] {
        received.filter { $0.topic == "task-updated" && $0.key.hasPrefix("\(company)/\(user)/") }
    }

    private func keep(_ records: [Received]) {
        state.withLock { state in
            state.received += records
            for waiter in state.waiters where waiter.isMet(state.received) {
                waiter.continuation.finish()
            }
            let received = state.received
            state.waiters.removeAll { $0.isMet(received) }
        }
    }
}
