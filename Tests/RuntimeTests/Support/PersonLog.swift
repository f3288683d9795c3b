import Synchronization

/// What the neighbour has received about one person, read once however much there is of others.
final class PersonLog: Sendable {
    struct Records: Sendable {
        /// Outcomes of syncs.
        var outcomes: [Received] = []
        /// Records of the person's list, tombstones included.
        var list: [Received] = []
        /// The ids of task events.
        var events: Set<String> = []
        var tombstones = 0
    }

    private let neighbour: Neighbour
    private let company: String
    private let user: String
    private let state = Mutex((position: 0, records: Records()))

    init(_ neighbour: Neighbour, company: String, user: String) {
        self.neighbour = neighbour
        self.company = company
        self.user = user
    }

    /// Waits until enough has been received, and returns all of it.
    func wait(until isMet: @escaping @Sendable (Records) -> Bool) async -> Records {
        await neighbour.wait { received in
            isMet(self.read(received))
        }
        return read(neighbour.received)
    }

    /// The first outcome of a sync that fits, waited for.
    func outcome(_ fits: @escaping @Sendable (Received) -> Bool) async -> Received? {
        await wait { $0.outcomes.contains(where: fits) }.outcomes.first(where: fits)
    }

    private func read(_ received: [Received]) -> Records {
        let prefix = "\(company)/\(user)/"
        return state.withLock { state in
            for record in received.dropFirst(state.position) {
                if record.topic == "task-updated", record.key.hasPrefix(prefix) {
                    state.records.list.append(record)
                    if record.isTombstone { state.records.tombstones += 1 }
                    if let id = record.header("ce_id") { state.records.events.insert(id) }
                } else if record.type?.hasPrefix("sync.") == true,
                    record.field("userId") == user, record.field("companyId") == company
                {
                    state.records.outcomes.append(record)
                }
            }
            state.position = max(state.position, received.count)
            return state.records
        }
    }
}
