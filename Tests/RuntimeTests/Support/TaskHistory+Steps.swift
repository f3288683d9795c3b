import FoundationEssentials

/// What happens to tasks at Salesforce.
extension TaskHistory {
    /// How many seconds ago a change is stamped: so long has its transaction taken to commit.
    ///
    /// 600 are as many as an incremental sync reaches back.
    private static let ages = [0, 0, 0, 0, 30, 300, 500, 700, 7200]
    /// How many seconds ago a task is made; only what is old can be changed a while ago.
    private static let births = [0, 0, 0, 30, 300, 7200, 7200, 86_400]
    private static let open = ["Not Started", "In Progress", "Waiting on someone else", "Deferred"]
    private static let closed = ["Completed", "Done"]

    /// Lets one thing happen; returns the ids of the tasks it happened to.
    @discardableResult
    mutating func step() async throws -> Set<String> {
        switch random.next(below: 100) {
        case ..<24: return try await create()
        case ..<30: return try await commit()
        case ..<42: return try await edit()
        case ..<46: return try await editSeveral()
        case ..<49: return try await touch()
        case ..<60: return try await complete()
        case ..<68: return try await reopen()
        case ..<71: return try await archive()
        case ..<79: return try await delete(isHard: false)
        case ..<83: return try await delete(isHard: true)
        case ..<89: return try await undelete()
        case ..<95: return try await giveAway()
        case ..<99: return try await takeBack()
        default:
            note([], "tokens expire")
            try await world.expireTokens(of: account)
            return []
        }
    }

    private mutating func create() async throws -> Set<String> {
        var order = TaskOrder()
        let isOwn = random.next(below: 8) > 0
        order.owner = isOwn ? account : colleague
        order.seed = random.next(below: 1 << 30)
        // Several of one moment, or of moments close to each other.
        order.count = random.next(below: 3) > 0 ? 1 : 2 + random.next(below: 6)
        let age = Self.births[random.next(below: Self.births.count)]
        order.ageSeconds = age
        order.spreadSeconds = age > 0 && random.next(below: 2) == 0 ? 30 : 0
        let isClosed = random.next(below: 6) == 0
        order.status = one(isClosed ? Self.closed : Self.open)
        if isClosed, random.next(below: 4) == 0 { order.completedDaysAgo = 400 }
        let isMaster = !isClosed && random.next(below: 12) == 0
        if isMaster { order.recurrence = true }
        if random.next(below: 2) == 0 { order.subject = subject() }
        let isLate = random.next(below: 5) == 0
        if isLate { order.commitInSeconds = -1 }
        let now = Self.now
        let answer: Made = try await control("POST", "/sandbox/tasks", order)
        let made = answer.ids.map {
            Task(
                id: $0,
                place: isOwn ? .own : .elsewhere,
                isClosed: isClosed,
                isMaster: isMaster,
                modifiedAt: now - age + 31
            )
        }
        note(answer.ids, "created \(try order.json)")
        let first = tasks.count
        tasks += made
        if let number = answer.transaction {
            for index in first..<tasks.count { tasks[index].isLocked = true }
            transactions.append((number, made.enumerated().map { (first + $0, $1) }))
        }
        return Set(answer.ids)
    }

    @discardableResult
    mutating func commit() async throws -> Set<String> {
        guard !transactions.isEmpty else { return [] }
        let transaction = transactions.remove(at: random.next(below: transactions.count))
        try await world.control("POST", "/sandbox/transactions/\(transaction.number)/commit")
        for (index, task) in transaction.after { tasks[index] = task }
        let ids = transaction.after.map(\.task.id)
        note(ids, "transaction \(transaction.number) committed")
        return Set(ids)
    }

    private mutating func edit() async throws -> Set<String> {
        guard let index = pick(where: \.isFree) else { return [] }
        return try await change(index, edition())
    }

    /// As one person changes a whole list view, in one moment.
    private mutating func editSeveral() async throws -> Set<String> {
        let order = edition()
        var touched: Set<String> = []
        for _ in 0..<4 {
            guard let index = pick(where: \.isFree) else { break }
            touched.formUnion(try await change(index, order, isPlain: true))
        }
        return touched
    }

    /// A new timestamp and nothing that is shown.
    private mutating func touch() async throws -> Set<String> {
        guard let index = pick(where: \.isFree) else { return [] }
        return try await change(index, TaskOrder(description: "Line"))
    }

    private mutating func complete() async throws -> Set<String> {
        guard let index = pick(where: { $0.isFree && !$0.isClosed }) else { return [] }
        var order = TaskOrder(status: one(Self.closed))
        if random.next(below: 4) == 0 { order.subject = subject() }
        return try await change(index, order) { $0.isClosed = true }
    }

    private mutating func reopen() async throws -> Set<String> {
        guard let index = pick(where: { $0.isFree && $0.isClosed }) else { return [] }
        return try await change(index, TaskOrder(status: one(Self.open))) { $0.isClosed = false }
    }

    private mutating func archive() async throws -> Set<String> {
        guard let index = pick(where: \.isFree) else { return [] }
        return try await change(index, TaskOrder(completedDaysAgo: 400)) { $0.isClosed = true }
    }

    private mutating func delete(isHard: Bool) async throws -> Set<String> {
        let isThere: (Task) -> Bool = { $0.isFree || isHard && $0.place == .bin }
        guard let index = pick(where: isThere) else { return [] }
        let id = tasks[index].id
        try await world.control("DELETE", "/sandbox/tasks/\(id)\(isHard ? "?hard=true" : "")")
        tasks[index].place = isHard ? .gone : .bin
        tasks[index].modifiedAt = Self.now + 1
        note([id], isHard ? "deleted without a trace" : "deleted")
        return [id]
    }

    private mutating func undelete() async throws -> Set<String> {
        guard let index = pick(where: { $0.place == .bin }) else { return [] }
        let id = tasks[index].id
        try await world.control("POST", "/sandbox/tasks/\(id)/undelete")
        tasks[index].place = .own
        tasks[index].modifiedAt = Self.now + 1
        note([id], "undeleted")
        return [id]
    }

    private mutating func giveAway() async throws -> Set<String> {
        guard let index = pick(where: { $0.place == .own && !$0.isLocked }) else { return [] }
        let order = TaskOrder(owner: one([colleague, "Support Queue"]))
        return try await change(index, order) { $0.place = .elsewhere }
    }

    private mutating func takeBack() async throws -> Set<String> {
        guard let index = pick(where: { $0.place == .elsewhere && !$0.isLocked }) else {
            return []
        }
        var order = TaskOrder(owner: account)
        if random.next(below: 3) == 0 { order.subject = subject() }
        return try await change(index, order) { $0.place = .own }
    }

    /// Changes a task now or some time ago, at once or in a transaction that stays open.
    private mutating func change(
        _ index: Int,
        _ order: TaskOrder,
        isPlain: Bool = false,
        _ body: (inout Task) -> Void = { _ in }
    ) async throws -> Set<String> {
        var order = order
        let now = Self.now
        var age = isPlain ? 0 : Self.ages[random.next(below: Self.ages.count)]
        if now - age < tasks[index].modifiedAt { age = 0 }
        if age > 0 { order.modifiedSecondsAgo = age }
        if !isPlain, random.next(below: 8) == 0 { order.commitInSeconds = -1 }
        let id = tasks[index].id
        let answer: Changed = try await control("PATCH", "/sandbox/tasks/\(id)", order)
        var task = tasks[index]
        task.modifiedAt = now - age + 1
        body(&task)
        if let number = answer.transaction {
            tasks[index].isLocked = true
            transactions.append((number, [(index, task)]))
            note([id], "in transaction \(number): \(try order.json)")
            return []
        }
        tasks[index] = task
        note([id], "changed: \(try order.json)")
        return [id]
    }

    private mutating func edition() -> TaskOrder {
        switch random.next(below: 6) {
        case 0: TaskOrder(priority: one(["High", "Normal", "Low"]))
        case 1: TaskOrder(activityDate: "2026-12-\(10 + random.next(below: 20))")
        case 2: TaskOrder(what: one(related.filter { $0.hasPrefix("001") }))
        case 3: TaskOrder(who: one(related.filter { $0.hasPrefix("003") }))
        default: TaskOrder(subject: subject())
        }
    }

    private mutating func subject() -> String {
        let number = random.next(below: 1000)
        return one([
            "Call \(number)", "Übergabe 🚀 „\(number)“ — 見積もり", "Tab\t\(number)\u{0}\nLine", "",
            String(repeating: "é", count: 300),
        ])
    }

    private mutating func one(_ choices: [String]) -> String {
        choices.isEmpty ? "" : choices[random.next(below: choices.count)]
    }

    private mutating func pick(where fits: (Task) -> Bool) -> Int? {
        let fitting = tasks.indices.filter { fits(tasks[$0]) }
        return fitting.isEmpty ? nil : fitting[random.next(below: fitting.count)]
    }

    private func control<Answer: Decodable>(
        _ method: String,
        _ path: String,
        _ order: TaskOrder
    ) async throws -> Answer {
        let answer = try await world.control(method, path, try order.json)
        return try JSONDecoder().decode(Answer.self, from: Data(answer.utf8))
    }

    private static var now: Int { Int(Date().timeIntervalSince1970) }
}

/// What the simulator is told to do to tasks.
private struct TaskOrder: Encodable {
    var owner: String?
    var count: Int?
    var seed: Int?
    var ageSeconds: Int?
    var spreadSeconds: Int?
    var commitInSeconds: Int?
    var subject: String?
    var description: String?
    var status: String?
    var priority: String?
    var activityDate: String?
    var who: String?
    var what: String?
    var recurrence: Bool?
    var completedDaysAgo: Int?
    var modifiedSecondsAgo: Int?

    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }
}

private struct Made: Decodable {
    var ids: [String]
    var transaction: Int?
}

private struct Changed: Decodable {
    var transaction: Int?
}
