/// All tasks of an organization, with the orders that queries use.
struct TaskTable: Sendable {
    private(set) var rows: [RecordID: TaskRow] = [:]
    /// Every task by modstamp.
    private(set) var byModstamp = ModstampIndex()
    /// The tasks of each owner by modstamp.
    private(set) var byOwner: [RecordID: ModstampIndex] = [:]
    /// Deletions, for getDeleted; undeleting takes one back.
    private(set) var deletions: [Deletion] = []

    /// A task that was deleted, and when.
    struct Deletion: Sendable {
        let id: RecordID
        let ownerID: RecordID
        let date: Moment
    }

    /// Inserts or replaces a task.
    mutating func put(_ task: TaskRecord) {
        remove(task.id)
        let row = TaskRow(task)
        rows[task.id] = row
        byModstamp.insert(row)
        byOwner[task.ownerID, default: ModstampIndex()].insert(row)
    }

    /// Removes a task without a trace.
    mutating func remove(_ id: RecordID) {
        guard let row = rows.removeValue(forKey: id) else { return }
        byModstamp.remove(row)
        byOwner[row.task.ownerID]?.remove(row)
    }

    /// Notes a deletion for getDeleted.
    mutating func log(_ deletion: Deletion) {
        deletions.append(deletion)
    }

    /// Takes a deletion back, as undeleting does.
    mutating func forgetDeletion(of id: RecordID) {
        deletions.removeAll { $0.id == id }
    }
}
