/// What people do in Salesforce, and what the apps hear of it.
extension Story {
    /// A change in Salesforce and the event the story expects of it.
    private struct Expected: Hashable {
        let change: String
        let id: String
    }

    func workday(_ tasks: [ReceivedEvent]) async throws {
        let ids = tasks.compactMap { $0.text("externalId") }
        guard ids.count >= 5 else { throw CommandFailure("Bob has too few tasks for the story") }
        screen.chapter("A morning in Salesforce: six changes, then a sync")
        let new = try await salesforce.create(subject: "Call Acme about Q3", owner: "bob@acme.com")
        try await salesforce.change(ids[0], ["subject": "Renamed: prepare the offer"])
        try await salesforce.change(ids[1], ["status": "Completed"])
        try await salesforce.change(ids[2], ["status": "Completed"])
        try await salesforce.delete(ids[3])
        try await salesforce.change(ids[4], ["owner": "eve@acme.com"])
        screen.note("one created, one renamed, two completed, one deleted, one given to Eve")
        let morning: Set = [
            Expected(change: "created", id: new), Expected(change: "updated", id: ids[0]),
            Expected(change: "completed", id: ids[1]), Expected(change: "completed", id: ids[2]),
            Expected(change: "removed", id: ids[3]), Expected(change: "removed", id: ids[4]),
        ]
        try await timings.measure("incremental sync, request → outcome") {
            try await sync(expecting: morning)
        }
        screen.chapter("In the afternoon one is reopened")
        try await salesforce.change(ids[1], ["status": "In Progress"])
        try await sync(expecting: [Expected(change: "reopened", id: ids[1])])
        screen.chapter("Another sync, though nothing has happened: silence")
        try await sync(expecting: [])
    }

    /// Syncs Bob, and holds what comes against what was done: exactly that, and nothing else.
    private func sync(expecting expected: Set<Expected>) async throws {
        let before = dashboard.tasks(of: Self.bob.id).count
        screen.sent("sync.request.v1", "user u-7, incremental")
        let outcome = try await dashboard.ask(
            OutgoingRequest(
                "sync.request.v1",
                .init(
                    companyId: Self.company,
                    provider: "salesforce",
                    userId: Self.bob.id,
                    mode: "incremental",
                    reason: "manual"
                )
            )
        )
        let changed = ["created", "updated", "completed", "reopened", "removed"]
            .compactMap { Int(outcome.text("counts", $0) ?? "") }.reduce(0, +)
        let events = try await tasks(after: before, count: changed)
        for event in events { show(event) }
        show(outcome)
        let found = events.map {
            Expected(change: $0.text("change") ?? "", id: $0.text("externalId") ?? "")
        }
        guard outcome.type == "sync.completed.v1", Set(found) == expected,
            found.count == expected.count
        else {
            let missing = expected.subtracting(found).map { "\($0.change) \($0.id)" }.sorted()
            throw CommandFailure(
                "the story expects \(expected.count) task events of this sync, but \(found.count) came; "
                    + "missing: \(missing.joined(separator: ", "))"
            )
        }
    }
}
