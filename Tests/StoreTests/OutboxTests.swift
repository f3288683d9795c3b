import Domain
import FoundationEssentials
import Postgres
import Testing

@testable import Store

@Suite(.timeLimit(.minutes(1)))
struct OutboxTests {
    /// Whatever a record can have: nulls, nothing, repeats, bytes that are no text.
    private static let records = [
        EventRecord(topic: "a", key: nil, headers: [], value: nil),
        EventRecord(topic: "b", key: [], partitioningKey: [], headers: [], value: []),
        EventRecord(
            topic: "ünïcode",
            key: [0, 255],
            partitioningKey: [1],
            headers: [
                .init("same", [1]), .init("same", nil), .init("same", []), .init("", [0xFF, 0xFE]),
            ],
            value: Array(repeating: 7, count: 300_000)
        ),
    ]

    @Test func recordsComeBackAsTheyWere() throws {
        #expect(try OutboxCodec.decode(OutboxCodec.encode(Self.records)) == Self.records)
        #expect(try OutboxCodec.decode(OutboxCodec.encode([EventRecord]())) == [])
    }

    @Test func bytesThatAreNoRowAreRefused() {
        let bytes = OutboxCodec.encode(Self.records.prefix(2))
        var refused = 0
        for end in bytes.indices.dropFirst() {
            do throws(StoreError) {
                let read = try OutboxCodec.decode(Array(bytes[..<end]))
                // Cut between two records it is a row of fewer.
                #expect(Self.records.starts(with: read))
            } catch {
                #expect(error.code == .corruptOutbox)
                refused += 1
            }
        }
        #expect(refused > bytes.count / 2)
        for other in [[], [0], [2], [0xFF] + bytes] as [[UInt8]] {
            #expect(throws: StoreError.self) { try OutboxCodec.decode(other) }
        }
    }

    @Test func whatIsLeftOverComesBackInTheOrderItWasDecided() async throws {
        try await withStore { fixture in
            var completions: [Completion] = []
            for number in 0..<20 {
                let claim = try await fixture.claim("r-\(number)")
                let record = EventRecord(
                    topic: "x.dlq",
                    key: nil,
                    headers: [],
                    value: [UInt8(number)]
                )
                var completion = fixture.completion(claim, .changes([], []))
                completion.deadLetter = record
                completions.append(completion)
            }
            let results = try await fixture.store.complete(completions, now: StoreFixture.now)
            #expect(results.flatMap(\.records).compactMap(\.value) == (0..<20).map { [$0] })

            let all = try await fixture.store.leftOver(in: StoreFixture.partition)
            #expect(all.flatMap(\.records) == results.flatMap(\.records))
            #expect(all.map(\.reference.id) == all.map(\.reference.id).sorted())
            let page = try await fixture.store.leftOver(
                in: StoreFixture.partition,
                after: all[4].reference.id,
                limit: 3
            )
            #expect(page.map(\.reference) == all[5..<8].map(\.reference))
            let other = RequestPartition(topic: "sync-request", partition: 4)
            #expect(try await fixture.store.leftOver(in: other).isEmpty)
            let old = try await fixture.store.leftOver(
                in: StoreFixture.partition,
                olderThan: .seconds(3600)
            )
            #expect(old.isEmpty)

            try await fixture.store.deleteDelivered(all.dropLast().map(\.reference))
            let rest = try await fixture.store.leftOver(in: StoreFixture.partition)
            #expect(rest.map(\.reference) == [all[19].reference])
        }
    }

    @Test func aStoredRowComesBackAsItWas() async throws {
        try await withStore { fixture in
            let rows = [("acme", StoreFixture.partition, OutboxCodec.encode(Self.records))]
            _ = try await fixture.pool.query(OutboxTable.insert(rows))
            let entries = try await fixture.store.leftOver(in: StoreFixture.partition)
            #expect(entries.flatMap(\.records) == Self.records)
        }
    }
}
