import Kafka
import Testing

@testable import chaos

/// The arithmetic that says whether the promise was kept.
struct LedgerTests {
    private let requests = (1...3).map { Request.enable("acme", number: $0) }

    @Test func everyRequestOnceAndInOrderIsWell() {
        let tally = Tally(requests: requests, events: requests.map { outcome(of: $0) })
        var expected = Tally()
        expected.requests = 3
        expected.events = 3
        #expect(tally == expected)
    }

    @Test func requestWithoutFinalOutcomeIsLost() {
        var deferred = outcome(of: requests[2])
        deferred.type = "sync.deferred.v1"
        let events = [outcome(of: requests[0]), outcome(of: requests[1]), deferred]
        #expect(Tally(requests: requests, events: events).lost == [requests[2].id])
    }

    @Test func noticeToSignInAgainIsNoSecondOutcome() {
        var notice = outcome(of: requests[2], id: "notice")
        notice.type = "integration.reauthorization-required.v1"
        let tally = Tally(requests: requests, events: [notice] + requests.map { outcome(of: $0) })
        #expect(tally.contradicted.isEmpty && tally.outOfOrder.isEmpty && tally.lost.isEmpty)
    }

    @Test func repeatIsNoSecondOutcomeUnlessItDiffers() {
        let first = outcome(of: requests[0])
        var altered = first
        altered.value = Array("other".utf8)
        let rest = requests.dropFirst().map { outcome(of: $0) }
        let repeated = Tally(requests: requests, events: [first, first] + rest + [first])
        #expect(repeated.repeats == 2)
        #expect(repeated.contradicted.isEmpty && repeated.outOfOrder.isEmpty)
        #expect(repeated.altered.isEmpty)
        #expect(Tally(requests: requests, events: [first, altered] + rest).altered == [first.id])
    }

    @Test func secondOutcomeUnderAnotherIdIsAContradiction() {
        let events = requests.map { outcome(of: $0) } + [outcome(of: requests[0], id: "another")]
        #expect(Tally(requests: requests, events: events).contradicted == [requests[0].id])
    }

    @Test func outcomeBehindALaterOnesIsOutOfOrder() {
        let events = [0, 2, 1].map { outcome(of: requests[$0]) }
        #expect(Tally(requests: requests, events: events).outOfOrder == [requests[1].id])
    }

    @Test func keysAreOrderedEachOnItsOwn() {
        let other = Request.enable("globex", number: 1)
        let events = (requests + [other]).map { outcome(of: $0) }
        #expect(Tally(requests: [other] + requests, events: events).outOfOrder.isEmpty)
    }

    @Test func recordsThatWereDroppedUnreadAreMissed() {
        let ledger = Ledger()
        ledger.note([record(offset: 0), record(offset: 1)])
        ledger.note([record(offset: 1), record(offset: 2)])
        #expect(ledger.missed == 0)
        #expect(ledger.events.count == 3)
        ledger.note([record(offset: 7)])
        #expect(ledger.missed == 4)
    }

    private func outcome(of request: Request, id: String? = nil) -> Event {
        let value = Array(request.id.utf8)
        return Event(
            id: id ?? "event-\(request.id)",
            key: "acme",
            value: value,
            requestID: request.id
        )
    }

    private func record(offset: Int64) -> ConsumerRecord {
        ConsumerRecord(
            topicPartition: TopicPartition(topic: Topics.outcome, partition: 0),
            offset: Offset(rawValue: offset),
            timestamp: nil,
            key: nil,
            value: Array("{}".utf8),
            headers: [RecordHeader(name: "ce_id", text: "event-\(offset)")]
        )
    }
}
