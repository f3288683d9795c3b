import FoundationEssentials
import Kafka
import Testing

/// Records that are no requests: each is in the dead-letter topic, the partition goes on.
@Suite(.timeLimit(.minutes(1)))
struct BadInputTests {
    private static let envelope = [
        ("ce_specversion", "1.0"), ("ce_source", "/dashboard"),
        ("ce_type", "sync.request.v1"), ("content-type", "application/json"),
    ]

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let reason: String
        let names: String
        var headers: [(String, String)]
        let value: [UInt8]?

        init(
            _ description: String,
            _ reason: String,
            names: String,
            headers: [(String, String)] = envelope + [("ce_id", "x")],
            _ value: [UInt8]?
        ) {
            testDescription = description
            self.reason = reason
            self.names = names
            self.headers = headers
            self.value = value
        }

        init(
            _ description: String,
            _ reason: String,
            names: String,
            headers: [(String, String)] = envelope + [("ce_id", "x")],
            _ value: String
        ) {
            self.init(description, reason, names: names, headers: headers, Array(value.utf8))
        }
    }

    private static let sound = #"{"companyId":"c","provider":"salesforce","userId":"u"}"#

    @Test(arguments: [
        Case("not JSON", "not-json", names: "value", "{nope"),
        Case("not UTF-8", "not-utf8", names: "value", [0x7B, 0xFF, 0x7D]),
        Case("over 256 KiB", "too-large", names: "value", [UInt8](repeating: 32, count: 262_145)),
        Case("tombstone", "tombstone", names: "value", nil),
        Case(
            "unknown type",
            "unknown-type",
            names: "type",
            headers: envelope.filter { $0.0 != "ce_type" } + [
                ("ce_id", "x"), ("ce_type", "sync.dance.v9"),
            ],
            sound
        ),
        Case(
            "type of another topic",
            "unknown-type",
            names: "type",
            headers: envelope.filter { $0.0 != "ce_type" } + [
                ("ce_id", "x"), ("ce_type", "integration.enable.v1"),
            ],
            sound
        ),
        Case("missing field", "invalid-data", names: "provider", #"{"companyId":"c"}"#),
        Case(
            "mistyped field",
            "invalid-data",
            names: "companyId",
            #"{"companyId":7,"provider":"salesforce"}"#
        ),
        Case(
            "bad id",
            "invalid-data",
            names: "userId",
            #"{"companyId":"c","provider":"salesforce","userId":"a\u0007b"}"#
        ),
        Case(
            "missing id",
            "invalid-envelope",
            names: "header ce_id",
            headers: envelope,
            sound
        ),
        Case("no headers", "invalid-envelope", names: "specversion", headers: [], sound),
    ])
    func goesToTheDeadLetterTopicByteForByteWithTheFieldNamed(bad: Case) async throws {
        let world = try await World.shared()
        let key = "bad-\(UUID().uuidString)"
        try await world.publish(
            "sync-request",
            key: key,
            headers: bad.headers,
            value: bad.value
        )
        await world.neighbour.wait { $0.contains { $0.key == key } }
        let dead = try #require(world.neighbour.received.first { $0.key == key })
        #expect(dead.topic == "sync-request.dlq")
        #expect(dead.record.value == bad.value)
        #expect(dead.header("dlq.reason") == bad.reason)
        #expect(
            dead.header("dlq.message")?.hasPrefix(bad.names) == true,
            "\(dead.header("dlq.message") ?? "")"
        )
        #expect(dead.header("dlq.topic") == "sync-request")
        #expect(dead.record.headers.prefix(bad.headers.count).map(\.name) == bad.headers.map(\.0))

        let next = try await world.send(
            "sync.request.v1",
            #"{"companyId":"nobody","provider":"salesforce","userId":"u"}"#,
            key: key
        )
        #expect(await world.neighbour.outcome(of: next)?.type == "sync.failed.v1")
    }

    @Test func structuredEventTypedByHandIsUnderstood() async throws {
        let world = try await World.shared()
        let id = UUID().uuidString
        try await world.publish(
            "sync-request",
            key: nil,
            value: Array(
                """
                {"specversion":"1.0","id":"\(id)","source":"hand","type":"sync.request.v1",\
                "data":{"companyId":"nobody","provider":"salesforce","userId":"u"}}
                """.utf8
            )
        )
        #expect(
            await world.neighbour.outcome(of: id)?.field("reason") == "company-integration-off"
        )
    }

    @Test func duplicateOfARequestGivesNothing() async throws {
        let world = try await World.shared()
        let data = #"{"companyId":"\#(world.company)","provider":"salesforce","userId":"u"}"#
        let id = UUID().uuidString
        for _ in 0..<3 { try await world.send("sync.request.v1", data, key: "k", id: id) }
        let last = try await world.send("sync.request.v1", data, key: "k")
        _ = await world.neighbour.outcome(of: last)
        #expect(world.neighbour.received.count { $0.field("requestId") == id } == 1)
    }
}
