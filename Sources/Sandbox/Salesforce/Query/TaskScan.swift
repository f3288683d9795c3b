/// What a filter says about the tasks it can match, so that an index can be used.
struct TaskScan: Sendable {
    var ids: [RecordID]?
    var owner: RecordID?
    var from: Moment?
    var through: Moment?

    /// Reads the bounds out of a condition.
    init(_ condition: SOQLCondition?) {
        switch condition {
        case .and(let parts): for part in parts { narrow(by: TaskScan(part)) }
        case .or(let parts): widen(over: parts.map { TaskScan($0) })
        case .comparison(let path, let comparison, let literal):
            read(path, comparison, literal)
        case .membership(let path, let literals, isNegated: false) where path.isField("id"):
            ids = literals.compactMap {
                if case .string(let text) = $0 { RecordID(text) } else { nil }
            }
        case .not, .membership, nil: break
        }
    }

    /// The rows worth testing, in order of modstamp unless chosen by id.
    func candidates(in tasks: TaskTable, owner visible: RecordID?) -> [TaskRow].SubSequence {
        if let ids { return Set(ids).sorted().compactMap { tasks.rows[$0] }[...] }
        if let owner = visible ?? owner {
            return tasks.byOwner[owner]?.slice(from: from, through: through) ?? []
        }
        return tasks.byModstamp.slice(from: from, through: through)
    }

    /// Whether ``candidates(in:owner:)`` come in order of modstamp and id.
    var isOrdered: Bool { ids == nil }

    private mutating func read(
        _ path: FieldPath,
        _ comparison: SOQLOperator,
        _ literal: SOQLLiteral
    ) {
        switch literal {
        case .string(let text) where comparison == .equal && path.isField("ownerid"):
            owner = RecordID(text)
        case .string(let text) where comparison == .equal && path.isField("id"):
            ids = [RecordID(text)].compactMap(\.self)
        case .dateTime(let moment) where path.isField("systemmodstamp"):
            switch comparison {
            case .equal: (from, through) = (moment, moment)
            case .greater, .greaterOrEqual: from = moment
            case .less, .lessOrEqual: through = moment
            case .notEqual, .like: break
            }
        default: break
        }
    }

    private mutating func narrow(by other: TaskScan) {
        ids = ids ?? other.ids
        owner = owner ?? other.owner
        from = [from, other.from].compactMap(\.self).max()
        through = [through, other.through].compactMap(\.self).min()
    }

    private mutating func widen(over others: [TaskScan]) {
        let lower = others.compactMap(\.from)
        let upper = others.compactMap(\.through)
        if lower.count == others.count { from = lower.min() }
        if upper.count == others.count { through = upper.max() }
    }
}
