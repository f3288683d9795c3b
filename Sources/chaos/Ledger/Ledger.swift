import Foundation
import Kafka
import Synchronization

/// What was asked of the service and what it published, kept outside of it.
final class Ledger: Sendable {
    fileprivate struct State {
        var requests: [Request] = []
        var sentAt: [String: Instant] = [:]
        var answers: [String: Event] = [:]
        /// Requests that have no answer yet.
        var open: Set<String> = []
        var events: [Event] = []
        var deadLetters: [ConsumerRecord] = []
        var markers: [Int: Set<TopicPartition>] = [:]
        /// The next offset of each partition.
        var positions: [TopicPartition: Int64] = [:]
        /// Records the broker dropped before they could be read.
        var missed: Int64 = 0
    }

    /// Names a record that only tells how far the ledger has read.
    static let marker = "chaos.marker"

    private let state = Mutex(State())
    private let changes = Signal()

    /// Notes requests that are about to be sent.
    func note(_ requests: [Request]) {
        state.withLock { state in
            state.requests += requests
            for request in requests {
                state.sentAt[request.id] = .now
                state.open.insert(request.id)
            }
        }
    }

    /// Notes records in the order a partition has them; one that was read before is not noted twice.
    func note(_ records: [ConsumerRecord]) {
        let now = Instant.now
        state.withLock { state in
            for record in records {
                let offset = record.offset.rawValue
                let expected = state.positions[record.topicPartition] ?? 0
                guard offset >= expected else { continue }
                state.missed += offset - expected
                state.positions[record.topicPartition] = offset + 1
                state.take(record, at: now)
            }
        }
        changes.fire()
    }

    /// Everything it knows, as text for whoever looks into a failure.
    func write(to path: String) throws {
        let text = state.withLock { state in
            let start = state.sentAt.values.min() ?? .now
            let asked = state.requests.map { request in
                let sent = state.sentAt[request.id].map { start.duration(to: $0).text } ?? ""
                return "\(sent)  \(request.type)  \(request.key)  \(request.id)"
            }
            return (asked + [""] + state.events.map { $0.line(since: start) })
                .joined(separator: "\n")
        }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    // MARK: - What is known

    var requests: [Request] { state.withLock(\.requests) }
    var events: [Event] { state.withLock(\.events) }
    var deadLetters: [ConsumerRecord] { state.withLock(\.deadLetters) }
    var missed: Int64 { state.withLock(\.missed) }
    var openCount: Int { state.withLock(\.open.count) }
    var answerCount: Int { state.withLock(\.answers.count) }

    /// Why a request failed; nil where it did not.
    func reason(of id: String) -> String? { state.withLock { $0.answers[id]?.reason } }

    /// When a request was sent, and when its outcome came.
    func times(of id: String) -> (sent: Instant, answered: Instant)? {
        state.withLock { state in
            guard let sent = state.sentAt[id], let answer = state.answers[id] else { return nil }
            return (sent, answer.receivedAt)
        }
    }

    /// The longest anybody waited for an outcome, from the request or, where that was before, from the
    /// end of an outage in between.
    func longestWait(outages: [Instant]) -> Duration {
        state.withLock { state in
            state.answers.reduce(.zero) { longest, answer in
                guard let sent = state.sentAt[answer.key] else { return longest }
                let answered = answer.value.receivedAt
                let start = outages.filter { $0 <= answered }.reduce(sent, max)
                return max(longest, start.duration(to: answered))
            }
        }
    }

    /// How long it took from a moment until the next outcome; nil where none came.
    func firstAnswer(after moment: Instant) -> Duration? {
        state.withLock { state in
            state.answers.values.map(\.receivedAt).filter { $0 >= moment }.min()
                .map { moment.duration(to: $0) }
        }
    }

    /// When the last outcome came.
    var lastAnswer: Instant? { state.withLock { $0.answers.values.map(\.receivedAt).max() } }

    // MARK: - Waiting

    /// The first final outcome of a request.
    func answer(to id: String) async throws -> Event {
        try await changes.first { state.withLock { $0.answers[id] } }
    }

    /// Waits until everything is answered.
    func allAnswered() async throws {
        try await changes.first { state.withLock { $0.open.isEmpty ? () : nil } }
    }

    /// Waits until a marker was read from that many partitions.
    func read(marker: Int, in partitions: Int) async throws {
        try await changes.first {
            state.withLock { ($0.markers[marker]?.count ?? 0) >= partitions ? () : nil }
        }
    }
}

extension Ledger.State {
    fileprivate mutating func take(_ record: ConsumerRecord, at now: Instant) {
        if let marker = record.text(of: Ledger.marker).flatMap({ Int($0) }) {
            markers[marker, default: []].insert(record.topicPartition)
            return
        }
        guard !Topics.deadLetters.contains(record.topicPartition.topic) else {
            deadLetters.append(record)
            return
        }
        let event = Event(record, receivedAt: now)
        events.append(event)
        guard event.isFinal, let id = event.requestID, answers[id] == nil else { return }
        answers[id] = event
        open.remove(id)
    }
}
