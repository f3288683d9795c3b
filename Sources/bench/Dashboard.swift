import Foundation
import Kafka
import Logging
import Synchronization

/// Publishes requests and counts what comes back.
final class Dashboard: Sendable {
    static let redirectURI = "http://127.0.0.1/callback"

    /// The fields of an outcome the bench looks at.
    struct Outcome: Decodable, Sendable {
        struct Counts: Decodable, Sendable {
            var created, updated, completed, reopened, removed, unchanged: Int
        }
        var requestId: String
        var authorizationUrl: String?
        var reason: String?
        var counts: Counts?
        var providerCalls: Int?
    }

    private struct State {
        var outcomes: [String: Outcome] = [:]
        var waiters: [String: CheckedContinuation<Outcome, Never>] = [:]
    }

    private let producer: KafkaProducer
    private let consumer: KafkaConsumer
    private let state = Mutex(State())

    init(environment: [String: String], logger: Logger) throws {
        let bootstrap = environment["KAFKA_BOOTSTRAP_SERVERS"] ?? ""
        var properties: [String: String] = [:]
        for (name, value) in environment where name.hasPrefix("KAFKA_PROPERTIES_") {
            let property = name.dropFirst("KAFKA_PROPERTIES_".count).lowercased()
            properties[property.replacing("_", with: ".")] = value
        }
        producer = try KafkaProducer(
            ProducerConfiguration(bootstrapServers: bootstrap, properties: properties),
            logger: logger
        )
        consumer = try KafkaConsumer(
            ConsumerConfiguration(
                bootstrapServers: bootstrap,
                groupID: "bench",
                topics: ["integration-outcome"],
                properties: properties
            ),
            logger: logger
        )
    }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.producer.run() }
            group.addTask { try await self.consumer.run() }
            for await event in consumer.events {
                switch event {
                case .records(let records): records.forEach(take)
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

    /// Publishes requests at once and waits for the outcome of each.
    func ask(_ type: String, _ requests: [(key: String, data: String)]) async throws -> [Outcome] {
        let ids = requests.map { _ in UUID().uuidString }
        let topic = type == "sync.request.v1" ? "sync-request" : "integration-request"
        let records = zip(ids, requests).map { id, request in
            ProducerRecord(
                topic: topic,
                key: Array(request.key.utf8),
                value: Array(request.data.utf8),
                headers: [
                    ("ce_specversion", "1.0"), ("ce_id", id), ("ce_source", "/bench"),
                    ("ce_type", type), ("content-type", "application/json"),
                ].map { RecordHeader(name: $0.0, value: Array($0.1.utf8)) }
            )
        }
        for result in await producer.send(records) { _ = try result.get() }
        var outcomes: [Outcome] = []
        for id in ids { outcomes.append(await outcome(of: id)) }
        return outcomes
    }

    /// The outcome of a request, or of the request it caused.
    func outcome(of id: String) async -> Outcome {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.outcomes[id] == nil { state.waiters[id] = continuation }
                return state.outcomes[id]
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func take(_ record: ConsumerRecord) {
        guard let value = record.value,
            let outcome = try? JSONDecoder().decode(Outcome.self, from: Data(value))
        else { return }
        let waiter = state.withLock { state in
            state.outcomes[outcome.requestId] = outcome
            return state.waiters.removeValue(forKey: outcome.requestId)
        }
        waiter?.resume(returning: outcome)
    }
}
