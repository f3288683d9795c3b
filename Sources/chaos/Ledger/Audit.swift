import Postgres

/// Holds what came out against what went in, once everything is quiet.
struct Audit: Sendable {
    /// How long nothing may happen before what is open counts as lost.
    private static let patience: Duration = .seconds(30)

    let world: World
    var people: People?
    /// Whether requests are to end with a failure, because of what they ask.
    var expectsFailures = false

    private var trial: Trial { world.stage.trial }

    /// Waits for quiet, and reports.
    func run() async throws {
        world.stage.say("waiting until all is quiet, then counting")
        if let people, try await settle() {
            try await world.witness.ask(people.users.map(people.sync))
        }
        try await settle()
        try await drain()
        try await count()
    }

    /// Reports, where all is quiet.
    func count() async throws {
        try await world.witness.catchUp()
        let events = world.ledger.events
        count(Tally(requests: world.ledger.requests, events: events))
        try await checkAttempts()
        if let people { try await checkTasks(TaskReplay(events), people) }
    }

    /// Waits for all outcomes; false when some do not come.
    @discardableResult
    private func settle() async throws -> Bool {
        let ledger = world.ledger
        var (open, changed) = (ledger.openCount, Instant.now)
        return try await eventually(within: .seconds(600)) {
            if ledger.openCount != open { (open, changed) = (ledger.openCount, .now) }
            guard changed.duration(to: .now) < Self.patience else { return true }
            return open == 0
        } && open == 0
    }

    /// Waits until the database has nothing left to do.
    private func drain() async throws {
        let isQuiet = try await eventually(within: .seconds(20), every: .milliseconds(200)) {
            try await world.leftOver() == (0, 0)
        }
        guard !isQuiet else { return }
        let (requests, events) = try await world.leftOver()
        trial.fail("left over: \(requests) requests in the inbox, \(events) rows in the outbox")
    }

    private func count(_ tally: Tally) {
        let ledger = world.ledger
        let recovery = ledger.longestWait(outages: trial.outages).seconds
        trial.update { report in
            report.requests += tally.requests
            report.lost += tally.lost.count
            report.duplicatedEffects += tally.contradicted.count
            report.orderViolations += tally.outOfOrder.count
            report.events += tally.events
            report.repeatedEvents += tally.repeats
            report.recoverySeconds = max(recovery, report.recoverySeconds ?? 0)
        }
        trial.expectNone(tally.lost, "requests without an outcome")
        trial.expectNone(tally.contradicted, "requests with two outcomes")
        trial.expectNone(tally.outOfOrder, "outcomes out of order")
        trial.expectNone(tally.altered, "events published again, but not as they were: done twice")
        trial.expect(ledger.missed == 0, "the broker dropped \(ledger.missed) records unread")
        guard !expectsFailures else { return }
        let failed = ledger.requests.map(\.id).filter { ledger.reason(of: $0) != nil }
        trial.expectNone(
            failed.map { "\($0) (\(ledger.reason(of: $0) ?? ""))" },
            "requests that failed"
        )
    }

    /// The rows that are inserted without any key that would keep a second one out.
    private func checkAttempts() async throws {
        let twice = try await world.pool.query(
            """
            SELECT cause_id FROM authorization_attempt WHERE cause_source = \(Request.source)
            GROUP BY cause_id HAVING count(*) > 1
            """
        ).map { try $0.decode(0, as: String.self) }
        trial.update { $0.duplicatedEffects += twice.count }
        trial.expectNone(twice, "attempts inserted twice")
        let told = world.ledger.events.compactMap { event in
            event.state.flatMap { state in event.requestID.map { ($0, state) } }
        }
        let (ids, states) = (told.map(\.0), told.map(\.1))
        let strays = try await world.pool.query(
            """
            SELECT DISTINCT told.id
            FROM unnest(\(ids), \(states)) AS told (id, state)
            LEFT JOIN authorization_attempt AS attempt ON attempt.cause_id = told.id
                AND attempt.cause_source = \(Request.source)
                AND attempt.state_hash = sha256(convert_to(told.state, 'UTF8'))
            WHERE attempt.id IS NULL
            """
        ).map { try $0.decode(0, as: String.self) }
        trial.expectNone(strays, "authorization URLs of no attempt that was committed")
    }

    private func checkTasks(_ replay: TaskReplay, _ people: People) async throws {
        trial.update { report in
            report.duplicatedEffects += replay.twice.count
            report.orderViolations += replay.disordered.count
        }
        trial.expectNone(replay.twice, "task versions twice")
        trial.expectNone(replay.disordered, "task versions with a gap or going back")
        trial.expectNone(replay.malformed, "task events that are none")
        trial.expectNone(
            replay.differences(from: try await people.allTasks()),
            "tasks that are not as in Salesforce"
        )
        let rows = try await world.pool.query(
            """
            SELECT concat_ws('/', company_id, user_id, provider, external_id), version, title,
                status, is_closed OR removal_reason IS NOT NULL, removal_reason IS NOT NULL
            FROM task
            """
        )
        let table = try Dictionary(uniqueKeysWithValues: rows.map(Self.task))
        let keys = Set(table.keys).union(replay.tasks.keys)
        trial.expectNone(
            keys.filter { table[$0] != replay.tasks[$0] },
            "tasks whose row and last event differ"
        )
        trial.note("\(replay.tasks.count) tasks as in Salesforce, versions without gaps")
    }

    private static func task(_ row: PostgresRow) throws -> (String, TaskReplay.Task) {
        (
            try row.decode(0),
            TaskReplay.Task(
                version: Int(try row.decode(1, as: Int64.self)),
                title: try row.decode(2),
                status: try row.decode(3),
                isClosed: try row.decode(4),
                isRemoved: try row.decode(5)
            )
        )
    }
}

extension World {
    /// What the database still has to do: requests to end, and outbox rows to publish.
    func leftOver() async throws -> (requests: Int64, events: Int64) {
        let rows = try await pool.query(
            """
            SELECT (SELECT count(*) FROM inbox WHERE state NOT IN ('done', 'dead')),
                (SELECT count(*) FROM outbox)
            """
        )
        return (try rows[0].decode(0), try rows[0].decode(1))
    }
}
