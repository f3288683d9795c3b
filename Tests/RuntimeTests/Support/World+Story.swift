import FoundationEssentials
import Testing

extension World {
    /// Turns the company's integration on, by an administrator of its own: Salesforce keeps five
    /// approvals a user and drops the oldest.
    func turnOn() async throws {
        let outcome = try await connect(
            "company",
            user: "owner",
            role: "owner",
            account: try await hire(administrator: true)
        )
        try #require(outcome.type == "integration.enabled.v1", "\(outcome.field("reason") ?? "")")
    }

    /// Adds a person at Salesforce with open tasks and returns their user name.
    func hire(
        tasks: Int = 0,
        administrator: Bool = false,
        in organization: String = "Acme"
    ) async throws -> String {
        let email = "\(UUID().uuidString.prefix(8).lowercased())@acme.com"
        try await control(
            "POST",
            "/sandbox/users",
            "{\"organization\":\"\(organization)\",\"email\":\"\(email)\",\"administrator\":\(administrator)}"
        )
        if tasks > 0 { try await assign(tasks, to: email) }
        return email
    }

    /// Gives somebody new open tasks at Salesforce.
    func assign(_ count: Int, to account: String) async throws {
        try await control(
            "POST",
            "/sandbox/tasks",
            "{\"owner\":\"\(account)\",\"count\":\(count),\"status\":\"In Progress\"}"
        )
    }

    /// Connects a person and waits for the end of their first sync.
    func join(_ user: String, account: String) async throws -> Received {
        let connected = try await connect("user", user: user, role: "user", account: account)
        try #require(
            connected.type == "integration.enabled.v1",
            "\(connected.field("reason") ?? "")"
        )
        return try #require(
            await first {
                $0.type?.hasPrefix("sync.") == true && $0.field("userId") == user
            }
        )
    }

    /// The first outcome of this test's company that fits, waited for.
    func first(_ fits: @escaping @Sendable (Received) -> Bool) async -> Received? {
        let company = company
        let matches: @Sendable (Received) -> Bool = {
            $0.topic == "integration-outcome" && $0.field("companyId") == company && fits($0)
        }
        await neighbour.wait { $0.contains(where: matches) }
        return neighbour.received.first(where: matches)
    }

    /// Waits for this many records of a person's list, tombstones included, and returns them.
    func tasks(of user: String, atLeast count: Int) async -> [Received] {
        let prefix = "\(company)/\(user)/"
        await neighbour.wait { records in
            records.count { $0.topic == "task-updated" && $0.key.hasPrefix(prefix) } >= count
        }
        return neighbour.tasks(of: company, user)
    }
}
