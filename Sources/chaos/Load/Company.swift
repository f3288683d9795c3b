import Sandbox
import Synchronization

/// A company of the time tracker: what it asks for, numbered as it is sent, and its people's browsers.
final class Company: Sendable {
    /// Somebody who has an account at Salesforce.
    struct Member: Hashable, Sendable {
        /// Who they are in the time tracker; nil is the owner, who acts for the company.
        var user: String?
        /// Their user name at Salesforce.
        var account: String

        static func owner(of account: String) -> Member { Member(user: nil, account: account) }
    }

    let name: String
    private let world: World
    private let sent = Mutex(0)

    init(_ name: String, in world: World) {
        self.name = name
        self.world = world
    }

    /// Sends members to the log-in page and back; the outcomes of their coming back, in order.
    func connect(_ members: [Member]) async throws -> [Event] {
        try await answers(to: try await logIn(members))
    }

    /// Connects members.
    ///
    /// - Throws: a ``ChaosError`` where one of them is not.
    func mustConnect(_ members: [Member]) async throws {
        for done in try await connect(members) {
            if let reason = done.reason {
                throw ChaosError("\(done.requestID ?? name): \(reason)")
            }
        }
    }

    /// Sends members to the log-in page; what their coming back asks for, not sent yet.
    func logIn(_ members: [Member]) async throws -> [Request] {
        let enables = members.map { member in
            Request.enable(name, number: next(), user: member.user)
        }
        var returns: [Request] = []
        for (member, required) in zip(members, try await answers(to: enables)) {
            guard let url = required.authorizationURL else {
                throw ChaosError(
                    "\(required.requestID ?? name): \(required.reason ?? "no authorization URL")"
                )
            }
            let back = try await ScriptedBrowser(http: world.http)
                .authorize(url, as: member.account)
            returns.append(
                .authorize(
                    name,
                    number: next(),
                    state: back["state"] ?? "",
                    code: back["code"] ?? ""
                )
            )
        }
        return returns
    }

    /// Turns the integration off for members.
    func disconnect(_ members: [Member]) async throws -> [Event] {
        try await answers(
            to: members.map { .disable(name, number: next(), user: $0.user) }
        )
    }

    /// The final outcomes of requests that are sent now.
    func answers(to requests: [Request]) async throws -> [Event] {
        try await world.witness.ask(requests)
        var answers: [Event] = []
        for request in requests { answers.append(try await world.ledger.answer(to: request.id)) }
        return answers
    }

    private func next() -> Int {
        sent.withLock { sent in
            sent += 1
            return sent
        }
    }
}
