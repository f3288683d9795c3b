import Foundation
import Synchronization

/// A company whose people have connected their Salesforce accounts, with tasks that change.
final class People: Sendable {
    private struct State {
        var tasks: [String: [String]] = [:]
        var numbers: [String: Int] = [:]
    }

    let company = "people"
    let users: [String]
    private let world: World
    private let state = Mutex(State())

    private init(_ users: [String], _ world: World) {
        self.users = users
        self.world = world
    }

    /// Connects the company and its people, the way browsers do; a worker must be at it.
    static func connect(_ count: Int, in world: World) async throws -> People {
        let people = People((1...count).map { "person-\($0)" }, world)
        for user in people.users { try await world.salesforce.addUser(people.email(user)) }
        let company = Company(people.company, in: world)
        try await company.mustConnect([.owner(of: "jane@acme.com")])
        try await company.mustConnect(
            people.users.map { .init(user: $0, account: people.email($0)) }
        )
        return people
    }

    /// The next sync request of a person.
    func sync(_ user: String) -> Request {
        let number = state.withLock { state in
            state.numbers[user, default: 0] += 1
            return state.numbers[user, default: 0]
        }
        return .sync(company, user, number: number)
    }

    /// Something happens to one person's tasks; who.
    func stir(_ random: inout SplitMix) async throws -> String {
        let user = users[random.below(users.count)]
        let tasks = state.withLock { $0.tasks[user] ?? [] }
        let word = String(random.next(), radix: 36)
        guard tasks.count > 3, !random.chance(percent: 30) else {
            let made = try await world.salesforce.makeTasks(
                owner: email(user),
                count: 1 + random.below(3),
                seed: random.next() >> 1
            )
            state.withLock { $0.tasks[user, default: []] += made }
            return user
        }
        let task = tasks[random.below(tasks.count)]
        guard try await !world.salesforce.task(task).isDeleted else { return user }
        switch random.below(10) {
        case 0...3: try await world.salesforce.change(task, "subject", "Call \(word)")
        case 4...5: try await world.salesforce.change(task, "status", "Completed")
        case 6...7: try await world.salesforce.change(task, "status", "In Progress")
        case 8: try await world.salesforce.change(task, "priority", "High")
        default: try await world.salesforce.delete(task)
        }
        return user
    }

    /// Gives some people open tasks.
    func giveTasks(_ count: Int, to users: some Sequence<String>) async throws {
        for user in users {
            // The simulator tells the ids of 2000 at a time.
            for start in stride(from: 0, to: count, by: 2000) {
                let made = try await world.salesforce.makeTasks(
                    owner: email(user),
                    count: min(2000, count - start),
                    seed: FNV.hash(user) >> 1 + UInt64(start)
                )
                state.withLock { $0.tasks[user, default: []] += made }
            }
        }
    }

    /// Every task there ever was, by the key of its events.
    func allTasks() async throws -> [String: SalesforceTask] {
        var all: [String: SalesforceTask] = [:]
        for (user, tasks) in state.withLock(\.tasks) {
            for task in tasks {
                all["\(company)/\(user)/salesforce/\(task)"] =
                    try await world.salesforce.task(task)
            }
        }
        return all
    }

    private func email(_ user: String) -> String { "\(user)@acme.com" }
}
