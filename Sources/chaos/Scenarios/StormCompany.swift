import Synchronization

/// A company whose people come and go.
final class StormCompany: Sendable {
    /// What became of everybody's log-ins.
    struct Log: Sendable {
        var logIns = 0
        /// How often somebody's code was rejected, by their account: a worker died with its tokens.
        var rejected: [String: Int] = [:]
        /// What should not have happened.
        var unexpected: [String] = []
    }

    private static let people = 3

    let everybody: [Company.Member]
    private let owner: Company.Member
    private let people: [Company.Member]
    private let company: Company
    private let world: World
    private let random: SplitMix
    private let state = Mutex(Log())

    init(_ number: Int, in world: World) {
        let name = "storm-\(number)"
        self.world = world
        company = Company(name, in: world)
        owner = .owner(of: "\(name)-owner@acme.com")
        people = (1...Self.people).map {
            .init(user: "person-\($0)", account: "\(name)-person-\($0)@acme.com")
        }
        everybody = [owner] + people
        random = world.stage.random(for: name)
    }

    var log: Log { state.withLock(\.self) }

    /// Everybody gets an account, and the company is turned on.
    func found() async throws {
        for member in everybody {
            try await world.salesforce.addUser(
                member.account,
                isAdministrator: member.user == nil
            )
        }
        try await turnOn()
    }

    /// People connect, connect anew and disconnect, and now and then the whole company does.
    func comeAndGo(until stop: StopSign) async throws {
        var random = random
        while !stop.isUp {
            let coming = people.shuffled(using: &random).prefix(1 + random.below(people.count))
            try await logIn(Array(coming))
            let leaving = coming.filter { _ in random.chance(percent: 50) }
            try await leave(leaving)
            if random.chance(percent: 20) {
                if random.chance(percent: 50) { try await leave([owner]) }
                try await turnOn()
            }
        }
    }

    /// Until it is on: a code that is rejected needs a new log-in.
    private func turnOn() async throws {
        while try await logIn([owner]) > 0 {}
    }

    /// Logs members in; how many codes were rejected.
    @discardableResult
    private func logIn(_ members: [Company.Member]) async throws -> Int {
        let outcomes = try await company.connect(members)
        return state.withLock { log in
            var count = 0
            for (member, outcome) in zip(members, outcomes) {
                log.logIns += 1
                switch outcome.reason {
                case nil: break
                case "code-rejected":
                    count += 1
                    log.rejected[member.account, default: 0] += 1
                case let reason?: log.unexpected.append("\(outcome.requestID ?? ""): \(reason)")
                }
            }
            return count
        }
    }

    private func leave(_ members: [Company.Member]) async throws {
        guard !members.isEmpty else { return }
        let outcomes = try await company.disconnect(members)
        state.withLock { log in
            log.unexpected += outcomes.filter { $0.type != "integration.disabled.v1" }
                .map { "\($0.requestID ?? ""): \($0.reason ?? "")" }
        }
    }
}
