import FoundationEssentials
import Kafka
import Runtime
import Testing

/// More work than one worker keeps in memory: the rest waits in the database.
@Suite(.timeLimit(.minutes(1)))
struct BacklogTests {
    @Test func aFloodIsWorkedOffInOrderPerKeyAndAnotherCompanyIsNotBehindIt() async throws {
        // With one place at once, 64 requests of a company are kept and all others parked.
        try await withWorld(tuning: .init(maximumInFlight: 1)) { world in
            let flood = (0..<1500).map { number in
                (id: "flood-\(number)", company: "big", user: "u-\(number % 7)")
            }
            try await world.ask(flood)
            await world.outcomes(atLeast: 1)
            try await world.ask([(id: "single", company: "small", user: "u")])
            let told = await world.outcomes(atLeast: flood.count + 1)
            let single = try #require(told.firstIndex { $0.cause == "single" })
            #expect(single < flood.count)
            for user in 0..<7 {
                #expect(
                    told.filter { $0.subject == "companies/big/users/u-\(user)" }.map(\.cause)
                        == flood.filter { $0.user == "u-\(user)" }.map(\.id)
                )
            }
            #expect(world.worker.status.parked == 0)
        }
    }

    @Test func aPartitionWithTooLongABacklogIsPausedAndGoesOnLater() async throws {
        try await withWorld(tuning: .init(maximumInFlight: 1, maximumBacklog: 100)) { world in
            let flood = (0..<2000).map { number in
                (id: "flood-\(number)", company: "big", user: "one")
            }
            try await world.ask(flood)
            let told = await world.outcomes(atLeast: flood.count)
            #expect(told.map(\.cause) == flood.map(\.id))
        }
    }
}

extension World {
    /// The causes and subjects of so many outcomes, waited for.
    @discardableResult
    func outcomes(atLeast count: Int) async -> [(cause: String, subject: String)] {
        await neighbour.wait { records in
            records.count { $0.topic == "integration-outcome" } >= count
        }
        return neighbour.received.filter { $0.topic == "integration-outcome" }.map {
            ($0.header("ce_causationid") ?? "", $0.header("ce_subject") ?? "")
        }
    }

    /// Asks for syncs of people nobody knows, which end at once.
    func ask(_ requests: [(id: String, company: String, user: String)]) async throws {
        let records = requests.map { request in
            ProducerRecord(
                topic: "sync-request",
                key: Array("\(request.company)/\(request.user)".utf8),
                value: Array(
                    #"{"companyId":"\#(request.company)","provider":"salesforce","userId":"\#(request.user)"}"#
                        .utf8
                ),
                headers: [
                    ("ce_specversion", "1.0"), ("ce_id", request.id), ("ce_source", "/dashboard"),
                    ("ce_type", "sync.request.v1"), ("content-type", "application/json"),
                ].map { RecordHeader(name: $0.0, text: $0.1) }
            )
        }
        for result in await neighbour.producer.send(records) { _ = try result.get() }
    }
}
