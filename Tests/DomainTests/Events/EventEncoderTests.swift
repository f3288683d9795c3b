import Domain
import FoundationEssentials
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventEncoderTests {
    private static let cause = Cause(id: "r-1", source: "/dashboard")

    @Test func theSameCauseTypeAndOrdinalGiveTheSameID() throws {
        var first = EventEncoder(cause: Self.cause, time: Samples.now)
        var second = EventEncoder(cause: Self.cause, time: Samples.now + 3600)
        for event in try Self.events() {
            #expect(Self.id(&first, event) == Self.id(&second, event))
        }
    }

    @Test func anotherCauseTypeOrOrdinalGivesAnotherID() throws {
        // Both changes of the task are of one type.
        let events = try Self.events().dropFirst()
        var ids: Set<String> = []
        var count = 0
        for cause in [
            Self.cause, Cause(id: "r-2", source: "/dashboard"), Cause(id: "r-1", source: "/app"),
        ] {
            for ordinal in 0..<5 {
                for event in events {
                    var encoder = EventEncoder(cause: cause, time: Samples.now, ordinal: ordinal)
                    ids.insert(Self.id(&encoder, event))
                    count += 1
                }
            }
        }
        #expect(ids.count == count)
    }

    @Test func goingOnFromAnOrdinalGivesTheIDsOfOneRun() throws {
        let events = try Self.events()
        var whole = EventEncoder(cause: Self.cause, time: Samples.now)
        let expected = events.map { Self.id(&whole, $0) }
        var start = EventEncoder(cause: Self.cause, time: Samples.now)
        let before = Self.id(&start, events[0])
        var rest = EventEncoder(cause: Self.cause, time: Samples.now, ordinal: start.ordinal)
        #expect([before] + events.dropFirst().map { Self.id(&rest, $0) } == expected)
    }

    @Test func headersAreThoseOfTheContract() throws {
        let trace = TraceContext(
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            tracestate: "a=1"
        )
        var encoder = EventEncoder(
            cause: Cause(id: "r-1", source: "/dashboard", trace: trace),
            time: Samples.now
        )
        let event = try #require(try Self.events().first)
        let record = try #require(encoder.records(for: event).first)
        var headers: [String: String] = [:]
        for header in record.headers {
            headers[header.name] = String(decoding: try #require(header.value), as: UTF8.self)
        }
        #expect(headers["ce_specversion"] == "1.0")
        #expect(headers["ce_source"] == "/integration-worker")
        #expect(headers["ce_type"] == "task.updated.v1")
        #expect(headers["ce_time"] == "2026-05-01T10:15:30.125Z")
        #expect(headers["ce_subject"] == "companies/acme/users/u-7/tasks/00T5g00000Kd9ZzEAJ")
        #expect(headers["ce_dataschema"] == "schemas/task.updated.v1.json")
        #expect(headers["ce_causationid"] == "r-1")
        #expect(headers["content-type"] == "application/json")
        #expect(headers["traceparent"] == trace?.traceparent)
        #expect(headers["tracestate"] == "a=1")
        #expect(headers.count == record.headers.count)
    }

    @Test func eachEventGoesToItsTopicUnderItsKey() throws {
        var encoder = EventEncoder(cause: Self.cause, time: Samples.now)
        let records = try Self.events().flatMap { encoder.records(for: $0) }
        let places = records.map { record in
            [record.topic]
                + [record.key, record.partitioningKey].map { bytes in
                    bytes.map { String(decoding: $0, as: UTF8.self) } ?? "-"
                }
        }
        let task = ["task-updated", "acme/u-7/salesforce/00T5g00000Kd9ZzEAJ", "acme/u-7"]
        #expect(
            places == [
                task, task, task, ["integration-outcome", "acme", "-"],
                ["sync-request", "acme/u-7", "-"],
            ]
        )
    }

    @Test func aRemovalIsFollowedByATombstoneInTheSamePlace() throws {
        var encoder = EventEncoder(cause: Self.cause, time: Samples.now)
        let records = encoder.records(for: try Self.events()[1])
        #expect(records.count == 2)
        #expect(records[0].value != nil)
        #expect(records[1].value == nil)
        #expect(records[1].headers.isEmpty)
        #expect(records[1].key == records[0].key)
        #expect(records[1].partitioningKey == records[0].partitioningKey)
        #expect(encoder.ordinal == 1)
    }

    /// A task's change and removal, an outcome and a sync request: four events, five records.
    private static func events() throws -> [Event] {
        let owner = try Samples.owner()
        let task = TaskEvent(owner: owner, task: Samples.task(), version: 1, change: .created)
        var removal = task
        (removal.version, removal.change, removal.removalReason) = (2, .removed, .deleted)
        let outcome = Outcome(
            companyID: owner.companyID,
            provider: owner.provider,
            userID: nil,
            .disabled(.company)
        )
        let request = SyncRequest(
            companyID: owner.companyID,
            provider: owner.provider,
            userID: owner.userID,
            mode: .full,
            reason: .initial
        )
        return [.task(task), .task(removal), .outcome(outcome), .syncRequest(request)]
    }

    private static func id(_ encoder: inout EventEncoder, _ event: Event) -> String {
        let header = encoder.records(for: event).first?.headers.first { $0.name == "ce_id" }
        return String(decoding: header?.value ?? [], as: UTF8.self)
    }
}
