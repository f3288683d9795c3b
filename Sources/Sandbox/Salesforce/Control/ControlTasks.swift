import OrderedCollections

/// Control of tasks.
extension ControlEndpoint {
    /// `/sandbox/tasks`.
    func tasks(_ request: WireRequest, _ path: [String]) throws -> Reply {
        if request.method == "POST", path.count == 1 {
            let order = try body(request, as: TaskOrder.self)
            return try shared.withState { try $0.createTasks(order) }
        }
        if request.method == "GET", path.count == 1 {
            return try shared.withState { try $0.list(ownedBy: request.query["owner"]) }
        }
        guard path.count > 1, let id = RecordID(path[1]) else {
            throw ControlRefusal.notFound("task")
        }
        switch (request.method, path.count) {
        case ("GET", 2): return try shared.withState { try $0.show(id) }
        case ("PATCH", 2):
            let order = try body(request, as: TaskOrder.self)
            return try shared.withState { try $0.change(id, order) }
        case ("DELETE", 2):
            let isHard = request.query["hard"] == "true"
            return try shared.withState { try $0.delete(id, isHard: isHard) }
        case ("POST", 3) where path[2] == "undelete":
            return try shared.withState { try $0.undelete(id) }
        default: throw ControlRefusal.notFound("route")
        }
    }

    /// `POST /sandbox/activity`.
    func activity(_ request: WireRequest) throws -> Reply {
        let order = try body(request, as: TaskOrder.self)
        return try shared.withState { try $0.stir(order) }
    }
}

extension SalesforceState {
    fileprivate mutating func createTasks(_ order: TaskOrder) throws -> Reply {
        guard let (organization, owner) = order.owner.flatMap({ user(named: $0) }) else {
            throw ControlRefusal.bad("owner must be a user")
        }
        let count = order.count ?? 1
        guard (1...2_000_000).contains(count) else { throw ControlRefusal.bad("count is too big") }
        var generator = TaskGenerator(seed: order.seed ?? 1)
        let statuses = organizations[organization]?.statuses ?? []
        let start = now.advanced(by: -(order.ageSeconds ?? 0))
        var tasks: [TaskRecord] = []
        tasks.reserveCapacity(count)
        for number in 0..<count {
            let step = (order.spreadSeconds ?? 0) * number / count
            let made = generator.task(
                owner: owner.id,
                in: organization,
                modified: start.advanced(by: step),
                &self
            )
            guard var task = made else { throw ControlRefusal.notFound("organization") }
            order.apply(to: &task, statuses: statuses, at: now)
            tasks.append(task)
        }
        let ids = tasks.prefix(2000).map { JSONValue.string($0.id.text) }
        let transaction = save(tasks, in: organization, commitIn: order.commitInSeconds)
        return .json(
            [
                "count": .integer(count), "ids": .array(ids),
                "transaction": transaction.map { .integer($0) } ?? .null,
            ],
            status: 201
        )
    }

    /// Stores tasks at once, or in a transaction that commits later; its number.
    private mutating func save(
        _ tasks: [TaskRecord],
        in organization: RecordID,
        commitIn seconds: Int?
    ) -> Int? {
        guard let seconds else {
            change(organization) { value in
                for task in tasks { value.tasks.put(task) }
            }
            return nil
        }
        let transaction = OpenTransaction(
            id: makeNumber(),
            startedAt: tasks.map(\.systemModstamp).min() ?? now,
            commitAt: seconds < 0 ? nil : now.advanced(by: seconds),
            tasks: tasks
        )
        transactions.append(transaction)
        return transaction.id
    }

    fileprivate func find(_ id: RecordID) throws -> (organization: RecordID, task: TaskRecord) {
        guard let organization = organization(ofTask: id),
            let row = organizations[organization]?.tasks.rows[id]
        else { throw ControlRefusal.notFound("task") }
        return (organization, row.task)
    }

    fileprivate func show(_ id: RecordID) throws -> Reply {
        let found = try find(id)
        return .json(.raw(text(of: [TaskRow(found.task)], in: found.organization)))
    }

    fileprivate func list(ownedBy name: String?) throws -> Reply {
        guard let (organization, owner) = name.flatMap({ user(named: $0) }) else {
            throw ControlRefusal.bad("owner must be a user")
        }
        let rows = organizations[organization]?.tasks.byOwner[owner.id]?.rows ?? []
        let kept = rows.filter { !$0.task.isPurged(at: now) }
        return .json([
            "tasks": .raw(
                Array("[".utf8) + text(of: kept, in: organization) + Array("]".utf8)
            )
        ])
    }

    /// Tasks with every field, separated by commas.
    private func text(of rows: [TaskRow], in organization: RecordID) -> [UInt8] {
        let writer = RecordWriter(
            object: .task,
            fields: ObjectDefinition.task.fields.map { BoundField(parents: [], field: $0) },
            version: "\(DataEndpoint.newestVersion).0"
        )
        let context = rowContext(organization)
        var text = JSONText()
        for (index, row) in rows.enumerated() {
            if index > 0 { text.raw(",") }
            writer.write(.task(row), context: context, into: &text)
        }
        return text.bytes
    }

    fileprivate mutating func change(_ id: RecordID, _ order: TaskOrder) throws -> Reply {
        var (organization, task) = try find(id)
        order.apply(
            to: &task,
            statuses: organizations[organization]?.statuses ?? [],
            at: now
        )
        if let name = order.owner { task.ownerID = try owner(name, in: organization) }
        stamp(&task, at: now.advanced(by: -(order.modifiedSecondsAgo ?? 0)))
        let transaction = save([task], in: organization, commitIn: order.commitInSeconds)
        return .json([
            "id": .string(id.text), "systemModstamp": .string(task.systemModstamp.text),
            "transaction": transaction.map { .integer($0) } ?? .null,
        ])
    }

    fileprivate mutating func delete(_ id: RecordID, isHard: Bool) throws -> Reply {
        var (organization, task) = try find(id)
        let now = now
        task.isDeleted = true
        task.deletedDate = now
        stamp(&task, at: now)
        change(organization) { value in
            value.tasks.put(task)
            if isHard {
                value.tasks.remove(id)
            } else {
                value.tasks.log(.init(id: id, ownerID: task.ownerID, date: now))
            }
        }
        return .empty(204)
    }

    fileprivate mutating func undelete(_ id: RecordID) throws -> Reply {
        var (organization, task) = try find(id)
        task.isDeleted = false
        task.deletedDate = nil
        stamp(&task, at: now)
        change(organization) { value in
            value.tasks.forgetDeletion(of: id)
            value.tasks.put(task)
        }
        return .empty(204)
    }

    /// Random everyday changes to an owner's tasks.
    fileprivate mutating func stir(_ order: TaskOrder) throws -> Reply {
        guard let (organization, owner) = order.owner.flatMap({ user(named: $0) }) else {
            throw ControlRefusal.bad("owner must be a user")
        }
        let live = organizations[organization]?.tasks.byOwner[owner.id]?.rows
            .filter { !$0.task.isDeleted }.map(\.task.id).sorted()
        guard let ids = live, !ids.isEmpty else { return .json(["count": 0]) }
        var random = SplitMix(seed: order.seed ?? 1)
        var changed = 0
        for number in 0..<(order.count ?? 1) {
            let id = ids[random.below(ids.count)]
            let (_, task) = try find(id)
            guard !task.isDeleted else { continue }
            var change = TaskOrder()
            switch random.below(10) {
            case 0...3: change.subject = "Revised \(number): \(task.subject ?? "")"
            case 4...7: change.status = task.isClosed ? "In Progress" : "Completed"
            case 8: change.priority = task.priority == "High" ? "Low" : "High"
            default:
                _ = try delete(id, isHard: false)
                changed += 1
                continue
            }
            _ = try self.change(id, change)
            changed += 1
        }
        return .json(["count": .integer(changed)])
    }

    private func owner(_ name: String, in organization: RecordID) throws -> RecordID {
        if let user = organizations[organization]?.user(named: name) { return user.id }
        let queues = organizations[organization]?.related.values.filter { $0.type == "Queue" } ?? []
        guard let queue = queues.first(where: { $0.name == name || $0.id == RecordID(name) })
        else { throw ControlRefusal.bad("owner must be a user or a queue of the organization") }
        return queue.id
    }

    private func stamp(_ task: inout TaskRecord, at moment: Moment) {
        task.lastModifiedDate = moment
        task.systemModstamp = moment
    }
}
