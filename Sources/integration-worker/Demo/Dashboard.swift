import Domain
import FoundationEssentials
import Kafka
import Logging
import Synchronization

/// The demo's dashboard and desktop apps: publishes requests, keeps everything that comes back.
final class Dashboard: Sendable {
    /// How long anything may take.
    private static let patience: Duration = .seconds(20)

    private let publisher: RequestPublisher
    private let feed: EventFeed
    private let received = Mutex<[ReceivedEvent]>([])
    private let changes = Signal()

    init(_ settings: KafkaSettings, publisher: RequestPublisher, logger: Logger) throws {
        self.publisher = publisher
        feed = try EventFeed(
            settings,
            topics: [Topics.outcome, Topics.taskUpdated]
                + Topics.requests.map(Topics.deadLetters(of:)),
            from: .earliest,
            logger: logger
        )
    }

    /// Everything so far, in the order it came.
    var events: [ReceivedEvent] { received.withLock(\.self) }

    /// Reads until the task is cancelled.
    func run() async throws {
        try await feed.run { event in
            self.received.withLock { $0.append(event) }
            self.changes.fire()
        }
    }

    /// Publishes a request and waits for its outcome.
    func ask(_ request: OutgoingRequest) async throws -> ReceivedEvent {
        let id = UUID().uuidString.lowercased()
        try await publisher.publish(request, id: id)
        return try await wait(for: "the outcome of \(request.type)") { events in
            events.first { $0.topic == Topics.outcome && $0.requestID == id }
        }
    }

    /// Publishes bytes that are no request.
    func publish(_ value: String, to topic: String, key: String) async throws {
        try await publisher.publish(topic: topic, key: key, headers: [], value: Array(value.utf8))
    }

    /// Waits until something is there.
    func wait<Value: Sendable>(
        for what: String,
        _ look: @escaping @Sendable ([ReceivedEvent]) -> Value?
    ) async throws -> Value {
        try await Deadline.wait(for: what, atMost: Self.patience) {
            try await self.changes.first { look(self.events) }
        }
    }

    /// The events of a person's tasks, without tombstones, in order.
    func tasks(of user: String) -> [ReceivedEvent] {
        events.filter { $0.type == "task.updated.v1" && $0.text("userId") == user }
    }
}
