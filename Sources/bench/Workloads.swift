import Foundation
import NIOHTTP1
import Postgres
import Sandbox

/// What is measured, in order: each workload leaves the state the next begins with.
struct Workloads {
    let neighbourhood: Neighbourhood
    let persons: Int
    let tasksEach: Int

    private let company = "bench"
    private var dashboard: Dashboard { neighbourhood.dashboard }
    private var users: [String] { (1...persons).map { "person-\($0)" } }

    func run() async throws -> [Figure] {
        var figures = [
            Figure(
                workload: "start",
                name: "process start to first answer",
                value: neighbourhood.startSeconds * 1000,
                unit: "ms"
            ),
            Figure(
                workload: "idle",
                name: "resident memory",
                value: neighbourhood.worker.memory.now,
                unit: "MB"
            ),
        ]
        try await connect()
        progress("giving each person \(tasksEach) tasks")
        for user in users {
            try await neighbourhood.control(
                .POST,
                "/sandbox/tasks",
                "{\"owner\":\"\(user)@acme.com\",\"count\":\(tasksEach),\"status\":\"In Progress\",\"ageSeconds\":86400,\"spreadSeconds\":3600}"
            )
        }
        _ = try await neighbourhood.pool.query(
            "UPDATE user_connection SET covered_until = NULL WHERE company_id = \(company)"
        )
        let cold = try await sync("cold import")
        figures += cold.figures
        let copy = try await copyRate()
        figures.append(
            Figure(
                workload: "cold import",
                name: "raw COPY of the same rows",
                value: copy,
                unit: "rows/s"
            )
        )
        figures.append(
            Figure(
                workload: "cold import",
                name: "ratio to raw COPY",
                value: cold.changesPerSecond / copy,
                unit: ""
            )
        )
        figures += try await sync("nothing changed").figures
        progress("changing 5 % of the tasks")
        for user in users {
            try await neighbourhood.control(
                .POST,
                "/sandbox/activity",
                "{\"owner\":\"\(user)@acme.com\",\"count\":\(max(1, tasksEach / 20))}"
            )
        }
        figures += try await sync("5 % changed").figures
        figures.append(
            Figure(
                workload: "worker",
                name: "peak resident memory",
                value: neighbourhood.worker.memory.peak,
                unit: "MB"
            )
        )
        return figures
    }

    // MARK: - Persons

    private func connect() async throws {
        progress("connecting the company and \(persons) persons")
        try await enable(user: "owner", role: "owner", scope: "company", account: "jane@acme.com")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, user) in users.enumerated() {
                if index >= 16 { try await group.next() }
                group.addTask {
                    try await neighbourhood.control(
                        .POST,
                        "/sandbox/users",
                        "{\"organization\":\"Acme\",\"email\":\"\(user)@acme.com\"}"
                    )
                    try await enable(
                        user: user,
                        role: "user",
                        scope: "user",
                        account: "\(user)@acme.com"
                    )
                }
            }
            try await group.waitForAll()
        }
        // The first syncs that connecting asked for.
        _ = try await ask(mode: "incremental")
    }

    private func enable(user: String, role: String, scope: String, account: String) async throws {
        let enable = """
            {"companyId":"\(company)","provider":"salesforce","scope":"\(scope)",\
            "actor":{"userId":"\(user)","role":"\(role)"},"redirectUri":"\(Dashboard.redirectURI)"}
            """
        let required = try await dashboard.ask("integration.enable.v1", [(company, enable)])[0]
        guard let url = required.authorizationUrl else {
            throw BenchError("\(user): \(required.reason ?? "no authorization URL")")
        }
        let back = try await ScriptedBrowser(http: neighbourhood.http).authorize(url, as: account)
        let authorize = """
            {"companyId":"\(company)","provider":"salesforce","state":"\(back["state"] ?? "")",\
            "code":"\(back["code"] ?? "")"}
            """
        let done = try await dashboard.ask("integration.authorize.v1", [(company, authorize)])[0]
        if let reason = done.reason { throw BenchError("\(user): \(reason)") }
    }

    // MARK: - Syncs

    private struct Result {
        var figures: [Figure]
        var changesPerSecond: Double
    }

    private func sync(_ workload: String) async throws -> Result {
        progress("\(workload): one sync request for each of \(persons) persons")
        let worker = neighbourhood.worker
        let cpu = worker.cpuSeconds
        let start = ContinuousClock.now
        let outcomes = try await ask(mode: "incremental")
        let seconds = start.duration(to: .now).seconds
        let spent = worker.cpuSeconds - cpu
        let changes = outcomes.reduce(0) { sum, outcome in
            guard let counts = outcome.counts else { return sum }
            return sum + counts.created + counts.updated + counts.completed + counts.reopened
                + counts.removed
        }
        let calls = outcomes.reduce(0) { $0 + ($1.providerCalls ?? 0) }
        if let failed = outcomes.first(where: { $0.reason != nil }) {
            throw BenchError("\(workload): \(failed.reason ?? "")")
        }
        let count = Double(outcomes.count)
        var figures = [
            Figure(
                workload: workload,
                name: "requests",
                value: count / seconds,
                unit: "requests/s"
            ),
            Figure(
                workload: workload,
                name: "worker CPU a request",
                value: spent / count * 1000,
                unit: "ms"
            ),
            Figure(
                workload: workload,
                name: "provider calls a request",
                value: Double(calls) / count,
                unit: ""
            ),
        ]
        if changes > 0 {
            figures.append(
                Figure(
                    workload: workload,
                    name: "task events",
                    value: Double(changes) / seconds,
                    unit: "tasks/s"
                )
            )
            figures.append(
                Figure(
                    workload: workload,
                    name: "worker CPU for 100 000 tasks",
                    value: spent / Double(changes) * 100_000,
                    unit: "s"
                )
            )
        }
        return Result(figures: figures, changesPerSecond: Double(changes) / seconds)
    }

    private func ask(mode: String) async throws -> [Dashboard.Outcome] {
        try await dashboard.ask(
            "sync.request.v1",
            users.map { user in
                (
                    "\(company)/\(user)",
                    """
                    {"companyId":"\(company)","provider":"salesforce","userId":"\(user)",\
                    "mode":"\(mode)","reason":"manual"}
                    """
                )
            }
        )
    }

    /// The limit: the same rows, copied by the server itself into the same table with its key.
    private func copyRate() async throws -> Double {
        progress("the limit: COPY of the same rows")
        let file = "/tmp/bench-copy-\(UUID().uuidString)"
        let pool = neighbourhood.pool
        _ = try await pool.query("COPY task TO \(unescaped: "'\(file)'") (FORMAT binary)")
        _ = try await pool.query("CREATE TABLE copied (LIKE task INCLUDING ALL)")
        let start = ContinuousClock.now
        let rows = try await pool.query(
            "COPY copied FROM \(unescaped: "'\(file)'") (FORMAT binary)"
        )
        let seconds = start.duration(to: .now).seconds
        _ = try await pool.query("DROP TABLE copied")
        try FileManager.default.removeItem(atPath: file)
        return Double(rows.affectedRows) / seconds
    }
}
