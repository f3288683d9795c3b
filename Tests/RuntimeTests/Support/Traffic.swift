import Fixtures
import FoundationEssentials
import Kafka
import Postgres
import Sandbox
import Synchronization
import Testing

/// Requests of several people that go on whatever happens, and what must become of them: each has one
/// outcome, each person's are in the order asked for, and none blames the service itself.
final class Traffic: Sendable {
    /// Connected, so that their syncs read tasks; the others' syncs end at once.
    private static let member = "u-0"
    private static let people = [member] + (1...5).map { "u-\($0)" }

    private struct State {
        var rounds = 0
        /// By person, in order.
        var sent: [String: [String]] = [:]
        var failures: [KafkaError] = []
    }

    let world: World
    private let state = Mutex(State())
    /// Held while a round is sent: what is asked for first comes first.
    private let sending = Mutex(())

    fileprivate init(_ world: World) {
        self.world = world
    }

    /// How many requests were sent.
    var count: Int64 { state.withLock { $0.sent.values.reduce(0) { $0 + Int64($1.count) } } }

    /// Sends at a pace while the body runs, after a first round that is answered.
    func flow(during body: () async throws -> Void) async throws {
        await answer(to: send())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while true {
                    // Sleeps because requests come at a pace, not at once.
                    try await Task.sleep(for: .milliseconds(50))
                    self.send()
                }
            }
            try await body()
            group.cancelAll()
        }
    }

    /// Sends a last round, waits for its outcomes, and checks all there were.
    func settle() async {
        await answer(to: send(ofAll: true))
        let (sent, failures) = state.withLock { ($0.sent, $0.failures) }
        #expect(failures.isEmpty)
        let outcomes = world.neighbour.received.filter { $0.topic == "integration-outcome" }
        #expect(!outcomes.contains { $0.field("reason") == "internal" })
        for (person, sent) in sent {
            let asked = Set(sent)
            var seen: Set<String> = []
            let answered = outcomes.compactMap { outcome -> String? in
                guard let cause = outcome.header("ce_causationid"), asked.contains(cause),
                    let id = outcome.header("ce_id"), seen.insert(id).inserted
                else { return nil }
                return cause
            }
            #expect(answered == sent, "\(person)")
        }
    }

    /// Sends a request of each person, and does not wait for the broker; those of the member are rarer,
    /// as they take longer.
    @discardableResult
    func send(ofAll: Bool = false) -> [String] {
        sending.withLock { _ in
            let round = makeRound(ofAll: ofAll)
            world.neighbour.producer.enqueue(round.map(\.record), completion: note)
            return round.map(\.id)
        }
    }

    /// Sends rounds and waits until the broker has them.
    func deliver(rounds: Int) async -> [String] {
        let requests = (0..<rounds).flatMap { _ in makeRound(ofAll: false) }
        note(await world.neighbour.producer.send(requests.map(\.record)))
        return requests.map(\.id)
    }

    /// Waits for an outcome of each request.
    func answer(to requests: [String]) async {
        await world.neighbour.wait { records in
            var open = Set(requests)
            for record in records where record.topic == "integration-outcome" {
                open.remove(record.header("ce_causationid") ?? "")
            }
            return open.isEmpty
        }
    }

    @Sendable private func note(_ results: [Result<DeliveryReport, KafkaError>]) {
        state.withLock { state in
            for case .failure(let error) in results { state.failures.append(error) }
        }
    }

    private func makeRound(ofAll: Bool) -> [(id: String, record: ProducerRecord)] {
        state.withLock { state in
            state.rounds += 1
            let withMember = ofAll || state.rounds % 5 == 1
            return Self.people.filter { withMember || $0 != Self.member }.map { person in
                let id = "\(person)-\(state.rounds)"
                state.sent[person, default: []].append(id)
                return (id, makeRecord(id, person))
            }
        }
    }

    private func makeRecord(_ id: String, _ person: String) -> ProducerRecord {
        let data = """
            {"companyId":"\(world.company)","provider":"salesforce","userId":"\(person)",\
            "mode":"incremental","reason":"manual"}
            """
        let headers = [
            ("ce_specversion", "1.0"), ("ce_id", id), ("ce_source", "/dashboard"),
            ("ce_type", "sync.request.v1"), ("content-type", "application/json"),
        ]
        return ProducerRecord(
            topic: "sync-request",
            key: Array("\(world.company)/\(person)".utf8),
            value: Array(data.utf8),
            headers: headers.map { RecordHeader(name: $0.0, value: Array($0.1.utf8)) }
        )
    }
}

/// Runs a test of traffic among neighbours of its own, which it may break; the service is no
/// superuser of its database.
///
/// - Parameters:
///   - settings: the server's.
///   - properties: the worker's Kafka properties besides the usual ones.
///   - body: breaks something and mends it.
/// - Throws: what the body throws, or why there are no neighbours.
func withTraffic(
    settings: [String: String] = [:],
    properties: [String: String] = [:],
    _ body: (Traffic, ThrowawayPostgres) async throws -> Void
) async throws {
    let configure: (inout ThrowawayPostgres.Options) -> Void = {
        // What was committed must survive a server that is killed.
        $0.durable = true
        $0.settings = settings
    }
    try await withServer(configure) { server in
        try await server.execute("CREATE ROLE worker LOGIN")
        try await server.execute("CREATE DATABASE worker OWNER worker")
        let url = server.url(database: "worker").replacing("postgres@", with: "worker@")
        try await World.run(
            databaseURL: url,
            tuning: .init(kafkaProperties: properties)
        ) { world in
            try await world.turnOn()
            let connected = try await world.join(
                "u-0",
                account: try await world.hire(tasks: 3)
            )
            try #require(connected.type == "sync.completed.v1")
            let traffic = Traffic(world)
            try await body(traffic, server)
            await traffic.settle()
            let open =
                "SELECT id, state, epoch FROM inbox WHERE state NOT IN ('done', 'dead') ORDER BY id"
            #expect(try await server.execute(open, database: "worker") == "")
            // The neighbours' faults are no attempts of a request's.
            let spent = "SELECT id, attempt, last_error FROM inbox WHERE attempt > 0 ORDER BY id"
            #expect(try await server.execute(spent, database: "worker") == "")
            try await eventually("nothing is left to publish") {
                try await server.execute("SELECT id FROM outbox", database: "worker") == ""
            }
        }
    }
}
