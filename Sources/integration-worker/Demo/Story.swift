import AsyncHTTPClient
import Domain
import Sandbox

/// What the demo plays: a company and a person of it get their Salesforce tasks, and lose them.
struct Story: Sendable {
    static let company = "acme"
    static let jane = Person(id: "u-1", role: "owner", account: "jane@acme.com")
    static let bob = Person(id: "u-7", role: "user", account: "bob@acme.com")

    let world: PretendWorld
    let dashboard: Dashboard
    let salesforce: SalesforceConsole
    let screen: Screen
    let timings: Timings

    /// Somebody of the company.
    struct Person: Sendable {
        let id: String
        let role: String
        /// Their user name at Salesforce.
        let account: String
    }

    func play() async throws {
        try await refusals()
        try await companyTurnsItOn()
        try await anotherAccountComesBack()
        let tasks = try await bobConnects()
        try await workday(tasks)
        try await badRecord()
        try await bobDisconnects()
    }

    private func refusals() async throws {
        screen.chapter("Bob wants his Salesforce tasks; the company has not turned it on")
        _ = try await ask(
            enable(Self.bob, scope: "user"),
            "user u-7, for himself",
            expecting: "integration.failed.v1",
            reason: "company-integration-off"
        )
        screen.chapter("So Bob tries to turn it on for the company")
        _ = try await ask(
            enable(Self.bob, scope: "company"),
            "user u-7, for acme",
            expecting: "integration.failed.v1",
            reason: "not-permitted"
        )
    }

    private func companyTurnsItOn() async throws {
        screen.chapter("Jane, the owner, turns it on")
        try await connect(Self.jane, scope: "company", words: "owner u-1, for acme")
    }

    private func anotherAccountComesBack() async throws {
        screen.chapter("Bob sits at Eve's computer: her Salesforce must not become his")
        let eve = "eve@acme.com"
        let required = try await ask(
            enable(Self.bob, scope: "user", expecting: Self.bob.account),
            "user u-7, for himself, as bob@acme.com",
            expecting: "integration.authorization-required.v1"
        )
        _ = try await ask(
            try await comeBack(from: required, as: eve).request(
                company: Self.company,
                "salesforce"
            ),
            "state and code",
            expecting: "integration.failed.v1",
            reason: "account-mismatch"
        )
        try await showEnded(grantsOf: eve)
    }

    /// Returns the tasks he begins with.
    private func bobConnects() async throws -> [ReceivedEvent] {
        screen.chapter("Bob connects his own Salesforce, and his tasks arrive")
        let bob = Self.bob
        try await connect(bob, scope: "user", words: "user u-7, for himself")
        let start = ContinuousClock.now
        let completed = try await dashboard.wait(for: "Bob's first sync") { events in
            events.first { $0.type == "sync.completed.v1" && $0.text("userId") == bob.id }
        }
        let count = Int(completed.text("counts", "created") ?? "") ?? 0
        let tasks = try await tasks(after: 0, count: count)
        timings.note("first sync, after “enabled”", ContinuousClock.now - start)
        for task in tasks.prefix(4) { show(task) }
        if count > 4 { screen.note("and \(count - 4) more") }
        show(completed)
        return tasks
    }

    private func badRecord() async throws {
        screen.chapter("Somebody sends rubbish; the partition goes on")
        let topic = Topics.integrationRequest
        try await dashboard.publish("turn it on, please", to: topic, key: Self.company)
        screen.sent("turn it on, please", "to \(topic), not JSON")
        let letter = try await dashboard.wait(for: "the dead letter") { events in
            events.first { $0.isDeadLetter }
        }
        screen.received(letter.topic, EventLine(screen.style).summary(of: letter), .red)
    }

    private func bobDisconnects() async throws {
        screen.chapter("Bob turns it off; Salesforce forgets him too")
        let before = dashboard.tasks(of: Self.bob.id).count
        _ = try await ask(
            OutgoingRequest(
                "integration.disable.v1",
                .init(
                    companyId: Self.company,
                    provider: "salesforce",
                    scope: "user",
                    actor: .init(userId: Self.bob.id, role: Self.bob.role)
                )
            ),
            "user u-7",
            expecting: "integration.disabled.v1"
        )
        try await showEnded(grantsOf: Self.bob.account)
        let removed = dashboard.tasks(of: Self.bob.id).dropFirst(before)
            .filter { $0.text("removalReason") == "disconnected" }
        if !removed.isEmpty { screen.note("and \(removed.count) tasks left his list") }
    }
}
