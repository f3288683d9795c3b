import Glibc
import Postgres

/// Workers that die one after the other, each where tokens are in the worst place, and the next one
/// has to do with what is left.
struct TokenRelay {
    /// What is relayed.
    enum Part: String, Sendable {
        case exchanges, refreshes

        /// What it has shown where nothing is complained of.
        var result: String {
            switch self {
            case .exchanges:
                "tokens that died with a worker: code-rejected, 1 approval that nobody can end; "
                    + "tokens that were kept: connected without a new log-in"
            case .refreshes:
                "a 503 when nothing was taken up: the grant lives; "
                    + "a new token that died with its worker: grant-ambiguous, told once"
            }
        }
    }

    /// For so long a refresh is leased: longer than it takes until a worker that died is missed, so that
    /// the next one has to wait.
    static let refreshLease = Duration.seconds(12)
    private static let environment = [
        "SALESFORCE_TOKEN_TIMEOUT": "\(Int((refreshLease / 3).seconds))s"
    ]

    let world: World
    let company: Company
    let owner: Company.Member
    private let part: Part
    private let number: Int

    init(_ part: Part, _ number: Int, in world: World) {
        self.world = world
        self.part = part
        self.number = number
        company = Company("\(part)-\(number)", in: world)
        owner = .owner(of: "\(part)-\(number)-owner@acme.com")
    }

    var trial: Trial { world.stage.trial }

    /// Plays it.
    func run() async throws {
        world.stage.say("\(part), relay \(number)")
        try await world.salesforce.addUser(owner.account, isAdministrator: true)
        switch part {
        case .exchanges: try await relayExchanges()
        case .refreshes: try await relayRefreshes()
        }
    }

    func hire(_ name: String) async throws -> Company.Member {
        let member = Company.Member(user: name, account: "\(company.name)-\(name)@acme.com")
        try await world.salesforce.addUser(member.account)
        return member
    }

    // MARK: - Workers

    /// Runs the body with a worker at a place of the relay.
    func withWorker<Result>(
        _ place: Int,
        crash: String? = nil,
        _ body: (WorkerProcess) async throws -> Result
    ) async throws -> Result {
        let worker = try await WorkerProcess.start(
            "\(company.name)-\(place)",
            in: world,
            options: crash.map { ["--rehearse", "crash=\($0)"] } ?? [],
            environment: Self.environment
        )
        return try await worker.whileRunning { try await body(worker) }
    }

    func mustDie(_ worker: WorkerProcess, at point: String) async throws {
        let ending = try await within(.seconds(30), "the worker dies at \(point)") {
            try await worker.child.ended()
        }
        trial.expect(ending == .killed(by: SIGKILL), "the worker \(ending.text) at \(point)")
    }

    /// Lets the last worker leave in order, so that whoever comes next need not wait until it is missed.
    func leave(_ worker: WorkerProcess) async throws {
        worker.child.signal(SIGTERM)
        try await within(.seconds(20), "the last worker leaves") {
            _ = try await worker.child.ended()
        }
    }

    // MARK: - The end

    /// Everybody but the owner connects again and syncs; the orphaned has an approval that nobody can
    /// end, because its tokens died with a worker.
    func finish(_ members: [Company.Member], orphaned: Company.Member? = nil) async throws {
        try await company.mustConnect(members)
        let outcomes = try await company.answers(
            to: members.map { Request.sync(company.name, $0.user ?? "", number: 2) }
        )
        trial.expectNone(
            outcomes.filter { $0.type != "sync.completed.v1" }.map { $0.reason ?? "" },
            "syncs that fail in the end"
        )
        try await quiet()
        for member in members + [owner] {
            let expected = member == orphaned ? 2 : 1
            var live = 0
            // What was replaced is revoked behind the outcome.
            let isSo = try await eventually(within: .seconds(10)) {
                live = try await world.salesforce.liveApprovals(of: member.account)
                return live == expected
            }
            trial.expect(isSo, "\(member.account) has \(live) approvals, not \(expected)")
        }
        let left = try await world.pool.query("SELECT id FROM grant_revocation").count
        trial.expect(left == 0, "\(left) tokens are still to be revoked")
    }

    // MARK: - Looking

    func answer(to request: Request) async throws -> Event {
        try await within(.seconds(60), "the outcome of \(request.id)") {
            try await world.ledger.answer(to: request.id)
        }
    }

    func tokenCalls(_ grantType: String) async throws -> Int {
        try await world.salesforce.requestCounts()["POST /services/oauth2/token \(grantType)"] ?? 0
    }

    /// State and generation of the grants an account has.
    func grants(of member: Company.Member) async throws -> [String] {
        try await world.pool.query(
            """
            SELECT state || ' ' || generation FROM provider_grant
            WHERE username = \(member.account)
            """
        ).map { try $0.decode(0, as: String.self) }
    }

    func quiet() async throws {
        let isQuiet = try await eventually(within: .seconds(20)) {
            try await world.leftOver() == (0, 0)
        }
        trial.expect(isQuiet, "requests are left over")
    }
}
