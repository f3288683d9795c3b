/// Task versions in ascending order of their system modstamp and id.
struct ModstampIndex: Sendable {
    private(set) var rows: [TaskRow] = []

    /// Puts a row in its place.
    mutating func insert(_ row: TaskRow) {
        if let last = rows.last, Self.precedes(last.task, row.task) {
            rows.append(row)
        } else if rows.isEmpty {
            rows.append(row)
        } else {
            rows.insert(row, at: position(of: row.task))
        }
    }

    /// Takes a row out.
    mutating func remove(_ row: TaskRow) {
        let position = position(of: row.task)
        if position < rows.count, rows[position].task.id == row.task.id {
            rows.remove(at: position)
        }
    }

    /// The rows from one modstamp on, up to and including another.
    func slice(from lower: Moment?, through upper: Moment?) -> ArraySlice<TaskRow> {
        let start = lower.map { bound in partition { $0.systemModstamp < bound } } ?? 0
        let end = upper.map { bound in partition { $0.systemModstamp <= bound } } ?? rows.count
        return rows[start..<max(start, end)]
    }

    private func position(of task: TaskRecord) -> Int {
        partition { Self.precedes($0, task) }
    }

    private func partition(_ precedes: (TaskRecord) -> Bool) -> Int {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if precedes(rows[middle].task) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func precedes(_ left: TaskRecord, _ right: TaskRecord) -> Bool {
        left.systemModstamp != right.systemModstamp
            ? left.systemModstamp < right.systemModstamp : left.id < right.id
    }
}
