import Domain
import FoundationEssentials
import Testing

/// A person at Salesforce for a while: what happens to their tasks, how they are synced meanwhile, and
/// what the list must be after each sync.
///
/// Everything follows from the seed but the hour. In some syncs tasks change while it is reading;
/// what it has to show of those only the next sync tells.
struct TaskHistory {
    /// The seeds that are played: the first 40, or the one that `TASK_HISTORY_SEED` names, or from
    /// there on as many as `TASK_HISTORIES` says.
    static let seeds: Range<Int> = {
        let first = number("TASK_HISTORY_SEED")
        let count = number("TASK_HISTORIES") ?? (first == nil ? 40 : 1)
        return (first ?? 0)..<(first ?? 0) + count
    }()

    /// What went wrong, with all that has to do with it.
    struct Fault: Error { var text: String }

    let world: World
    let seed: Int
    let user: String
    let account: String
    let colleague: String
    let related: [String]
    let isAdministrator: Bool
    private let log: PersonLog
    var random: SplitMix
    var tasks: [Task] = []
    /// Open transactions, with what is so once they commit.
    var transactions: [(number: Int, after: [(index: Int, task: Task)])] = []
    private var steps: [(ids: [String], text: String)] = []

    private var model = TaskListModel()
    private var shown = ShownList()
    private var position = 0
    private var events = 0
    private var removals = 0
    private var coveredUntil: Date?
    private var wasFull = true

    /// A task as the history left it.
    struct Task {
        enum Place { case own, elsewhere, bin, gone }

        let id: String
        var place: Place
        var isClosed: Bool
        var isMaster = false
        /// Seconds since 1970; a task's timestamps never go back.
        var modifiedAt: Int
        /// A transaction that is open has changed it, and Salesforce lets nobody else.
        var isLocked = false

        var isFree: Bool { place == .own && !isLocked && !isMaster }
    }

    /// - Parameters:
    ///   - world: whose company is on.
    ///   - related: ids of records that tasks can be about or with.
    ///   - seed: decides everything.
    /// - Throws: when the person cannot be hired.
    init(_ world: World, related: [String], seed: Int) async throws {
        random = SplitMix(seed: seed)
        self.world = world
        self.related = related
        self.seed = seed
        user = "u-\(seed)"
        // Administrators see what is others', too.
        isAdministrator = random.next(below: 5) == 0
        account = try await world.hire(administrator: isAdministrator)
        colleague = try await world.hire()
        log = PersonLog(world.neighbour, company: world.company, user: user)
    }

    mutating func play() async throws {
        let rounds = 2 + random.next(below: 5)
        let length = max(1, (5 + random.next(below: 36)) / rounds)
        for _ in 0..<length { try await step() }
        let faults = try await connect()
        for _ in 1..<rounds {
            for _ in 0..<length { try await step() }
            try await sync(disturbed: random.next(below: 4) == 0)
        }
        for fault in faults { try await world.control("DELETE", "/sandbox/faults/\(fault)") }
        while !transactions.isEmpty { try await commit() }
        for _ in 0...random.next(below: 2) { try await sync() }
        try await repeatSync()
    }

    mutating func note(_ ids: [String], _ text: String) { steps.append((ids, text)) }

    // MARK: - Syncs

    /// Connects, and waits for the first sync; returns the faults that are planned from then on.
    private mutating func connect() async throws -> [Int] {
        let connected = try await world.connect(
            "user",
            user: user,
            role: "user",
            account: account
        )
        guard connected.type == "integration.enabled.v1" else {
            throw Fault(text: "not connected: \(connected.field("reason") ?? "")")
        }
        let faults = try await planFaults()
        let touched = random.next(below: 4) == 0 ? try await disturb() : []
        guard let outcome = await log.outcome({ _ in true }) else { return faults }
        try await verify(outcome, isFull: true, touched)
        return faults
    }

    /// One call in twenty fails, in four ways.
    private mutating func planFaults() async throws -> [Int] {
        let kinds = [
            #""kind":"status","status":503"#, #""kind":"html""#, #""kind":"reset""#,
            #""kind":"truncate","bytes":40"#,
        ]
        var faults: [Int] = []
        for kind in kinds {
            let answer = try await world.control(
                "POST",
                "/sandbox/faults",
                """
                {\(kind),"probability":0.0125,"seed":\(random.next(below: 1 << 30)),\
                "match":{"path":"/services/data","user":"\(account)"}}
                """
            )
            faults.append(try JSONDecoder().decode(Numbered.self, from: Data(answer.utf8)).id)
        }
        return faults
    }

    /// The last sync once more: it has nothing left to say.
    private mutating func repeatSync() async throws {
        let before = events
        guard let outcome = try await sync(isFull: wasFull) else { return }
        let open = model.entries.values.count { !$0.isClosed }
        let unchanged = outcome.field("counts", "unchanged") ?? ""
        guard events == before, unchanged == "\(open)" else {
            let found = "\(events - before) changes, \(unchanged) of \(open) unchanged"
            throw fault(["nothing has changed, but the last sync says: \(found)"])
        }
    }

    @discardableResult
    private mutating func sync(
        isFull: Bool? = nil,
        disturbed: Bool = false
    ) async throws -> Received? {
        let isFull = isFull ?? (random.next(below: 4) == 0)
        wasFull = isFull
        let mode = isFull ? "full" : "incremental"
        if random.next(below: 10) == 0 { try await world.expireTokens(of: account) }
        let id = try await world.send(
            "sync.request.v1",
            """
            {"companyId":"\(world.company)","provider":"salesforce","userId":"\(user)",\
            "mode":"\(mode)","reason":"manual"}
            """,
            key: "\(world.company)/\(user)"
        )
        let touched = disturbed ? try await disturb() : []
        guard let outcome = await log.outcome({ $0.field("requestId") == id }) else {
            return nil
        }
        note([], "sync, \(mode)")
        try await verify(outcome, isFull: isFull, touched)
        return outcome
    }

    /// Changes something while a sync is under way; returns the ids.
    private mutating func disturb() async throws -> Set<String> {
        var touched: Set<String> = []
        note([], "meanwhile:")
        for _ in 0...random.next(below: 4) { touched.formUnion(try await step()) }
        return touched
    }

    // MARK: - What must hold

    private mutating func verify(
        _ outcome: Received,
        isFull: Bool,
        _ touched: Set<String>
    ) async throws {
        guard outcome.type == "sync.completed.v1",
            let covered = outcome.field("coveredUntil").flatMap({ RFC3339.date(from: $0) })
        else { throw fault(["\(outcome.type ?? "") \(outcome.field("reason") ?? "")"]) }
        let counts = ["created", "updated", "completed", "reopened", "removed"].map {
            outcome.field("counts", $0).flatMap { Int($0) } ?? 0
        }
        events += counts.reduce(0, +)
        removals += counts[4]
        let (events, removals) = (events, removals)
        let records = await log.wait {
            $0.events.count >= events && $0.tombstones >= removals
        }
        for record in records.list[position...] { shown.apply(record) }
        position = records.list.count
        guard shown.faults.isEmpty else { throw fault(shown.faults.map { "\($0.id): \($0.text)" }) }
        guard records.events.count == events, shown.withoutTombstone.isEmpty else {
            throw fault(["\(records.events.count) events, \(events) counted"])
        }
        let before = model
        model.sync(
            .init(
                isFull: isFull || coveredUntil == nil,
                since: (coveredUntil ?? covered).addingTimeInterval(-60)
            ),
            try await truth(),
            shown: shown.entries,
            touched: touched,
            weakness: weakness
        )
        coveredUntil = covered
        try compare(before)
    }

    private func compare(_ before: TaskListModel) throws {
        var texts: [String] = []
        let ids = Set(model.entries.keys).union(shown.entries.keys).subtracting(model.loose)
        for id in ids.sorted() where model.entries[id] != shown.entries[id] {
            let (due, found) = (model.entries[id], shown.entries[id])
            texts.append("\(id): must be \(Self.text(due)), is \(Self.text(found))")
        }
        for task in tasks {
            let isLoose = model.loose.contains(task.id) || before.loose.contains(task.id)
            guard !isLoose, before.entries[task.id] != nil, model.entries[task.id] == nil,
                let reason = shown.removalReason(of: task.id), !reasons(task).contains(reason)
            else { continue }
            texts.append("\(task.id): removed as \(reason), must be \(reasons(task))")
        }
        guard texts.isEmpty else { throw fault(texts) }
    }

    private func truth() async throws -> [String: SimulatedTask] {
        let answer = try await world.control("GET", "/sandbox/tasks?owner=\(account)")
        let owned = try JSONDecoder().decode(OwnedTasks.self, from: Data(answer.utf8))
        return Dictionary(owned.tasks.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    }

    private func weakness(_ id: String) -> TaskListModel.Weakness {
        switch tasks.first(where: { $0.id == id })?.place {
        case .bin: .deletedWhileClosed
        case .elsewhere: .reassignedWhileClosed
        case .gone, .own, nil: .erasedWhileClosed
        }
    }

    /// Why a task that has left the list has left it.
    private func reasons(_ task: Task) -> Set<String> {
        switch task.place {
        case .bin: ["deleted"]
        case .elsewhere: [isAdministrator ? "reassigned" : "not-visible"]
        // A log of deletions may know what left no other trace.
        case .gone, .own: ["not-visible", "deleted"]
        }
    }

    private static func text(_ entry: TaskListModel.Entry?) -> String {
        entry.map { "\($0)" } ?? "absent"
    }

    /// What went wrong, with the steps of the tasks it names.
    private func fault(_ texts: [String]) -> Fault {
        let steps = steps.filter { step in
            step.ids.isEmpty || step.ids.contains { id in texts.contains { $0.contains(id) } }
        }
        let story = steps.map { "\($0.ids.joined(separator: " ")) \($0.text)" }
        return Fault(text: (texts + story).joined(separator: "\n"))
    }

    private static func number(_ variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
    }
}

private struct OwnedTasks: Decodable {
    var tasks: [SimulatedTask]
}

private struct Numbered: Decodable {
    var id: Int
}
