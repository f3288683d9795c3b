import Foundation
import Kafka
import Testing

@testable import integration_worker

struct EventLineTests {
    @Test func taskEventTellsChangeTitleAndStatus() {
        let event = event(
            "task.updated.v1",
            subject: "companies/acme/users/u-7/tasks/00T1",
            #"{"change":"completed","version":2,"title":"Call\u001b[2J Acme","status":"Completed"}"#
        )
        #expect(
            line(event) == "10:15:30  task.updated.v1                         "
                + "companies/acme/users/u-7/tasks/00T1  "
                + "completed v2 “Call[2J Acme” · Completed"
        )
    }

    @Test func failureTellsReasonMessageAndRemedy() {
        let event = event(
            "integration.failed.v1",
            subject: "companies/acme",
            #"{"reason":"not-permitted","message":"No.","remedy":"Ask.","retryAt":null}"#
        )
        #expect(line(event).hasSuffix("companies/acme  not-permitted · No. · Ask."))
    }

    @Test func syncWithoutChangesSaysSo() {
        let event = event(
            "sync.completed.v1",
            subject: "companies/acme",
            #"{"counts":{"created":0,"unchanged":0},"durationMs":4,"providerCalls":2}"#
        )
        #expect(line(event).hasSuffix("no changes · 4 ms · 2 calls"))
    }

    @Test func deadLetterTellsReasonAndPlace() {
        let event = ReceivedEvent(
            record(
                headers: [
                    ("dlq.reason", "not-json"), ("dlq.message", "value: is not JSON"),
                    ("dlq.topic", "sync-request"), ("dlq.partition", "1"), ("dlq.offset", "7"),
                ],
                value: Array("rubbish".utf8)
            ),
            topicPrefix: ""
        )
        #expect(line(event).contains("dead letter"))
        #expect(line(event).hasSuffix("not-json: value: is not JSON (sync-request/1/7)"))
    }

    @Test func jsonIsOneLineWithEverything() throws {
        let event = event("sync.completed.v1", subject: "s", "{\n \"a\": [1,\r\n2.5]}")
        let text = EventJSON.text(event)
        #expect(!text.contains { $0.isNewline })
        let tree = try #require(JSONTree(bytes: Array(text.utf8)))
        #expect(tree["topic"]?.text == "integration-outcome")
        #expect(tree["offset"]?.integer == 9)
        #expect(tree["headers"]?["ce_type"]?.text == "sync.completed.v1")
        #expect(tree["data"]?["a"]?.elements == [.integer(1), .number(2.5)])
    }

    @Test func jsonOfOtherBytesAndTombstonesIsValidToo() throws {
        for value in [nil, Array("not JSON \u{0}".utf8), [0xFF, 0xFE]] as [[UInt8]?] {
            let event = ReceivedEvent(record(headers: [], value: value), topicPrefix: "")
            #expect(JSONTree(bytes: Array(EventJSON.text(event).utf8)) != nil)
        }
    }

    @Test func prefixIsTakenOff() {
        let event = ReceivedEvent(
            record(topic: "eu.task-updated", headers: [], value: nil),
            topicPrefix: "eu."
        )
        #expect(event.topic == "task-updated")
    }

    private func line(_ event: ReceivedEvent) -> String {
        EventLine(Style(isColoured: false)).text(event)
    }

    private func event(_ type: String, subject: String, _ data: String) -> ReceivedEvent {
        ReceivedEvent(
            record(
                headers: [
                    ("ce_type", type), ("ce_subject", subject),
                    ("ce_time", "2026-04-30T10:15:30Z"),
                ],
                value: Array(data.utf8)
            ),
            topicPrefix: ""
        )
    }

    private func record(
        topic: String = "integration-outcome",
        headers: [(String, String)],
        value: [UInt8]?
    ) -> ConsumerRecord {
        ConsumerRecord(
            topicPartition: TopicPartition(topic: topic, partition: 1),
            offset: Offset(rawValue: 9),
            timestamp: nil,
            key: Array("acme".utf8),
            value: value,
            headers: headers.map { RecordHeader(name: $0.0, text: $0.1) }
        )
    }
}
