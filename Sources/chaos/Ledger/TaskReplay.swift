import Foundation

/// What a desktop app makes of the task events: repeats dropped, everything else applied.
struct TaskReplay: Sendable {
    /// A task as its last event has it.
    struct Task: Hashable, Sendable {
        var version: Int
        var title: String
        var status: String
        var isClosed: Bool
        var isRemoved: Bool
    }

    private struct Update: Decodable {
        var version: Int
        var change: String
        var title: String
        var status: String
        var trackable: Bool
    }

    /// By the key of their events.
    private(set) var tasks: [String: Task] = [:]
    /// Versions that came twice under different event ids.
    private(set) var twice: [String] = []
    /// Versions that left one out or went back.
    private(set) var disordered: [String] = []
    /// Events that are none.
    private(set) var malformed: [String] = []

    /// Applies events in the order of each partition.
    init(_ events: [Event]) {
        var seen: Set<String> = []
        for event in events where event.topic == Topics.taskUpdated {
            guard let id = event.id, let value = event.value else { continue }
            guard seen.insert(id).inserted else { continue }
            guard let update = try? JSONDecoder().decode(Update.self, from: Data(value)) else {
                malformed.append(event.key)
                continue
            }
            apply(update, to: event.key)
        }
    }

    private mutating func apply(_ update: Update, to key: String) {
        let last = tasks[key]?.version ?? 0
        if update.version == last {
            twice.append("\(key) v\(last)")
        } else if update.version != last + 1 {
            disordered.append("\(key) v\(update.version) after v\(last)")
        }
        tasks[key] = Task(
            version: update.version,
            title: update.title,
            status: update.status,
            isClosed: !update.trackable || update.change == "removed",
            isRemoved: update.change == "removed"
        )
    }

    /// The keys whose task is not what it is at the provider.
    ///
    /// A task that was made and ended between two syncs may never have been seen; and of those that
    /// are closed nobody asks any more whether they were deleted.
    func differences(from provider: [String: SalesforceTask]) -> [String] {
        provider.filter { key, task in
            guard let own = tasks[key] else { return !task.isClosed && !task.isDeleted }
            guard !task.isDeleted else { return !own.isRemoved && !own.isClosed }
            return own.isRemoved || own.title != task.subject || own.status != task.status
        }.keys + tasks.keys.filter { provider[$0] == nil }
    }
}
