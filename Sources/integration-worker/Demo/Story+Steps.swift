import Domain
import Sandbox

/// What several chapters have in common.
extension Story {
    /// Turns it on for a scope: URL, log-in, Allow, and what comes of it.
    func connect(_ person: Person, scope: String, words: String) async throws {
        let required = try await timings.measure("enable → authorization URL (\(scope))") {
            try await ask(
                enable(person, scope: scope),
                words,
                expecting: "integration.authorization-required.v1"
            )
        }
        let callback = try await comeBack(from: required, as: person.account)
        _ = try await timings.measure("authorize → enabled (\(scope))") {
            try await ask(
                callback.request(company: Self.company, "salesforce"),
                "state and code",
                expecting: "integration.enabled.v1"
            )
        }
    }

    /// Logs in and allows at the URL an outcome names.
    func comeBack(from required: ReceivedEvent, as account: String) async throws -> Callback {
        let fields = try await ScriptedBrowser(http: salesforce.http).authorize(
            required.text("authorizationUrl") ?? "",
            as: account
        )
        screen.note("in the browser: logs in as \(account), presses Allow, is sent back")
        return Callback(state: fields["state"] ?? "", answer: .code(fields["code"] ?? ""))
    }

    /// Waits until all of somebody's grants have ended at Salesforce.
    func showEnded(grantsOf account: String) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            let grants = try await salesforce.grants(of: account)
            if grants.all > 0, grants.ended == grants.all {
                let number = "\(grants.ended) of \(grants.all)"
                return screen.note("at Salesforce: \(number) grants of \(account) ended")
            }
            guard ContinuousClock.now < deadline else {
                throw CommandFailure("a grant of \(account) at Salesforce is still there")
            }
            // Sleeps because Salesforce tells nobody that a grant has ended.
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Publishes a request, waits for its outcome, shows both, and holds it against the story.
    func ask(
        _ request: OutgoingRequest,
        _ words: String,
        expecting type: String,
        reason: String? = nil
    ) async throws -> ReceivedEvent {
        screen.sent(request.type, words)
        let outcome = try await dashboard.ask(request)
        show(outcome)
        guard outcome.type == type, reason == nil || outcome.text("reason") == reason else {
            throw CommandFailure(
                "the story expects \(type)\(reason.map { " (\($0))" } ?? ""), "
                    + "but \(outcome.type ?? "nothing") came"
            )
        }
        return outcome
    }

    /// Waits until a number of task events have come after the first ones.
    func tasks(after first: Int, count: Int) async throws -> [ReceivedEvent] {
        let (dashboard, bob) = (dashboard, Self.bob.id)
        return try await dashboard.wait(for: "\(count) events of Bob's tasks") { _ in
            let tasks = dashboard.tasks(of: bob).dropFirst(first)
            return tasks.count >= count ? Array(tasks) : nil
        }
    }

    func enable(
        _ person: Person,
        scope: String,
        expecting account: String? = nil
    ) -> OutgoingRequest {
        OutgoingRequest(
            "integration.enable.v1",
            .init(
                companyId: Self.company,
                provider: "salesforce",
                scope: scope,
                actor: .init(userId: person.id, role: person.role, email: person.account),
                redirectUri: world.redirectURI,
                expectedAccount: account
            )
        )
    }

    func show(_ event: ReceivedEvent) {
        let isRefusal = event.type?.contains("failed") ?? false
        let colour: Style.Colour =
            switch event.type {
            case "task.updated.v1": .cyan
            case "integration.authorization-required.v1": .yellow
            default: isRefusal ? .red : .green
            }
        let summary =
            isRefusal
            ? "\(event.text("reason") ?? ""): \(event.text("message") ?? "")"
            : EventLine(screen.style).summary(of: event)
        screen.received(event.type ?? "unknown", summary, colour)
    }
}
