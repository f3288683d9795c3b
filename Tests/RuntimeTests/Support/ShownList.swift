import Kafka

/// A person's list as a desktop app makes it of the task events, and what is wrong with the events.
struct ShownList {
    typealias Entry = TaskListModel.Entry

    fileprivate struct Task {
        var version = 0
        /// As last seen; a removed task was this.
        var entry: Entry?
        var isListed = false
        /// Why it was removed last.
        var removalReason: String?
        var isTombstoned = true
    }

    private var tasks: [String: Task] = [:]
    /// What each event said, by its id.
    private var said: [String: [UInt8]] = [:]
    /// What no reader should have to make sense of.
    private(set) var faults: [(id: String, text: String)] = []

    /// The list by id.
    var entries: [String: Entry] {
        tasks.compactMapValues { $0.isListed ? $0.entry : nil }
    }

    /// Why a task was removed last; `nil` for one that never was.
    func removalReason(of id: String) -> String? { tasks[id]?.removalReason }

    /// The ids of removed tasks whose removal no tombstone follows.
    var withoutTombstone: [String] { tasks.filter { !$0.value.isTombstoned }.map(\.key) }

    /// Applies a record; one that comes again is dropped, when it says the same again.
    mutating func apply(_ record: Received) {
        let id = String(record.key.split(separator: "/").last ?? "")
        var task = tasks[id] ?? Task()
        defer { tasks[id] = task }
        guard let value = record.record.value else {
            if task.isListed { faults.append((id, "a tombstone of a listed task")) }
            task.isTombstoned = true
            return
        }
        guard let event = record.header("ce_id"), let entry = Entry(record),
            let change = record.field("change"),
            let version = record.field("version").flatMap({ Int($0) })
        else { return faults.append((id, "an event that cannot be read")) }
        if let before = said[event] {
            if before != value { faults.append((id, "\(event) says two things")) }
            return
        }
        said[event] = value
        let label = "\(change) v\(version)"
        if version != task.version + 1 { faults.append((id, "\(label) after v\(task.version)")) }
        if !task.isTombstoned { faults.append((id, "\(label) before the tombstone")) }
        let reason = record.field("removalReason")
        if !task.allows(change, to: entry, because: reason) {
            let before = task.entry.map { "\($0)" } ?? "nothing"
            let listed = task.isListed ? "listed" : "not listed"
            faults.append((id, "\(label) to \(entry) of \(before), \(listed)"))
        }
        task.version = version
        task.isListed = change != "removed"
        task.isTombstoned = task.isListed
        task.removalReason = reason ?? task.removalReason
        if task.isListed { task.entry = entry }
    }
}

extension ShownList.Task {
    /// Whether a change can happen to a task that is so.
    fileprivate func allows(
        _ change: String,
        to new: ShownList.Entry,
        because reason: String?
    ) -> Bool {
        guard let entry, isListed else {
            return change == "created" && !new.isClosed && reason == nil
        }
        switch change {
        case "updated": return new.isClosed == entry.isClosed && new != entry && reason == nil
        case "completed": return !entry.isClosed && new.isClosed && reason == nil
        case "reopened": return entry.isClosed && !new.isClosed && reason == nil
        case "removed": return new.content == entry.content && new.isClosed && reason != nil
        default: return false
        }
    }
}

extension TaskListModel.Entry {
    /// What an event says; `nil` when it says too little.
    fileprivate init?(_ event: Received) {
        guard let title = event.field("title"), let status = event.field("status"),
            let trackable = event.field("trackable")
        else { return nil }
        content = TaskContent(
            title: title,
            status: status,
            priority: event.field("priority"),
            dueDate: event.field("dueDate"),
            relatedTo: event.field("relatedTo", "id"),
            contact: event.field("contact", "id")
        )
        isClosed = trackable == "false"
    }
}
