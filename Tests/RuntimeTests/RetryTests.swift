import Domain
import FoundationEssentials
import Kafka
import Postgres
import Testing

@testable import Runtime

/// Attempts that fail: they wait in the database, and their key with them.
@Suite(.timeLimit(.minutes(1)))
struct RetryTests {
    private static let unavailable =
        #"{"kind":"error","status":503,"errorCode":"SERVER_UNAVAILABLE","match":{"path":"/services/data"}"#

    @Test func aFailedAttemptIsTriedAgainAndOthersDoNotWaitForIt() async throws {
        try await withWorld { world in
            try await world.turnOn()
            for user in ["u-1", "u-2"] {
                _ = try await world.join(user, account: try await world.hire(tasks: 1))
            }
            try await world.control("POST", "/sandbox/faults", Self.unavailable + #","times":1}"#)
            let failing = try await world.requestSync("u-1")
            try await world.untilParked(failing)
            let behind = try await world.requestSync("u-1")
            #expect(try await world.sync("u-2").type == "sync.completed.v1")

            for id in [failing, behind] {
                let outcome = try #require(await world.neighbour.outcome(of: id))
                #expect(outcome.type == "sync.completed.v1")
            }
            #expect(try await world.attempts(of: failing) == 1)
            #expect(try await world.attempts(of: behind) == 0)
            let ids = world.neighbour.received.compactMap { $0.field("requestId") }
            let places = [failing, behind].map { ids.firstIndex(of: $0) }
            #expect(try #require(places[0]) < (try #require(places[1])))
        }
    }

    @Test func aSpentRequestEndsWithItsOutcomeAndADeadLetterThatCanBeReplayed() async throws {
        try await withWorld(tuning: .init(maximumAttempts: 2)) { world in
            try await world.turnOn()
            _ = try await world.join("u-1", account: try await world.hire(tasks: 1))
            try await world.control("POST", "/sandbox/faults", Self.unavailable + #","times":2}"#)
            let id = try await world.requestSync("u-1")
            let failed = try #require(await world.neighbour.outcome(of: id))
            #expect(failed.type == "sync.failed.v1")
            #expect(failed.field("reason") == "provider-unavailable")
            let letter = try #require(await world.deadLetter(of: id))
            #expect(letter.header("dlq.reason") == "provider-unavailable")
            #expect(letter.header("dlq.attempts") == "2")

            let original = letter.record.headers.filter { !$0.name.hasPrefix("dlq.") }
            for _ in 0..<2 {
                try await world.publish(
                    "sync-request",
                    key: letter.key,
                    headers: original.map {
                        ($0.name, String(decoding: $0.value ?? [], as: UTF8.self))
                    }
                        + [("dlq.replay", "sync-request.dlq/0/0")],
                    value: letter.record.value
                )
            }
            let completed = await world.neighbour.outcome(of: id, type: "sync.completed.v1")
            #expect(completed != nil)
            // The second replay is a repeat of the first: a later request ends, and it has not.
            #expect(try await world.sync("u-1").type == "sync.completed.v1")
            #expect(
                world.neighbour.received.count {
                    $0.field("requestId") == id && $0.type == "sync.completed.v1"
                } == 1
            )
        }
    }

    @Test func chosenRequestsFailTheirFirstAttemptsAndNoOthersDo() async throws {
        let rehearsal = try #require(Rehearsal(orders: ["fail=50:1"]))
        try await withWorld(tuning: .init(rehearsal: rehearsal)) { world in
            var ids: [String] = []
            for number in 0..<40 {
                ids.append(try await world.requestSync("nobody-\(number)"))
            }
            for id in ids { #expect(await world.neighbour.outcome(of: id) != nil) }
            for id in ids {
                #expect(
                    try await world.attempts(of: id) == (rehearsal.fails(id, attempt: 0) ? 1 : 0)
                )
            }
        }
    }
}

extension World {
    /// Asks for a sync of a person and returns the request's id at once.
    func requestSync(_ user: String, id: String? = nil) async throws -> String {
        try await send(
            "sync.request.v1",
            #"{"companyId":"\#(company)","provider":"salesforce","userId":"\#(user)","mode":"incremental","reason":"manual"}"#,
            key: "\(company)/\(user)",
            id: id
        )
    }

    /// How many attempts a request has spent.
    func attempts(of id: String) async throws -> Int {
        try await #require(pool.query("SELECT attempt FROM inbox WHERE id = \(id)").first)
            .decode("attempt", as: Int.self)
    }

    /// Waits until a request waits in the database.
    func untilParked(_ id: String) async throws {
        while try await pool.query(
            "SELECT FROM inbox WHERE id = \(id) AND state = 'parked'"
        ).isEmpty {
            // Sleeps because a row cannot say that it has changed.
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The dead letter of a request, waited for.
    func deadLetter(of id: String) async -> Received? {
        let matches: @Sendable (Received) -> Bool = {
            $0.topic.hasSuffix(".dlq") && $0.header("ce_id") == id
        }
        await neighbour.wait { $0.contains(where: matches) }
        return neighbour.received.first(where: matches)
    }
}
