import Domain
import FoundationEssentials

/// What a person's list must be after a sync, told from the list before and what is at Salesforce.
///
/// The promise, when nothing changes while a sync reads:
///
/// - An open task of the person's is in the list. What it says is true after a full sync, and after
///   an incremental one when its timestamp is not before what the last vouched for.
/// - A task that was in the list and has been closed stays there, closed, and says what is true, as
///   an open one does.
/// - Nothing else is in the list: no task that was closed before it was ever seen, none that is
///   deleted or somebody else's, no master of a series. A closed one that left no trace, or went to
///   somebody else, leaves with the next full sync.
struct TaskListModel {
    /// What the list does not show although it should.
    enum Weakness {
        /// A closed task that was deleted stays in the list as closed.
        case deletedWhileClosed
        /// A closed task that was deleted without a trace stays in the list as closed.
        case erasedWhileClosed
        /// A closed task that was given to somebody else stays in the list as closed.
        case reassignedWhileClosed
    }

    /// The weaknesses that are let pass until a full sync mends them; take out what has been mended.
    static let knownWeaknesses: Set<Weakness> = [.erasedWhileClosed, .reassignedWhileClosed]

    /// A task in the list.
    struct Entry: Hashable, Sendable, CustomStringConvertible {
        var content: TaskContent
        var isClosed: Bool

        var description: String {
            let texts = [
                "\(content.title.prefix(40))", content.status, content.priority, content.dueDate,
                content.relatedTo, content.contact,
            ]
            let content = texts.map { $0 ?? "-" }.joined(separator: " | ")
            return "\(isClosed ? "closed" : "open") (\(content))"
        }
    }

    /// What a sync has read.
    struct Reading {
        /// Every open task rather than what has changed.
        var isFull: Bool
        /// The oldest change that an incremental sync reads.
        var since: Date
    }

    private(set) var entries: [String: Entry] = [:]
    /// Tasks that changed while a sync was reading: it may have seen them before or after.
    private(set) var loose: Set<String> = []

    /// Takes a sync into account.
    ///
    /// - Parameters:
    ///   - reading: what it has read.
    ///   - truth: what is the person's at Salesforce now.
    ///   - shown: the list as it is shown now; decides what became of loose tasks.
    ///   - touched: what has changed while it was reading.
    ///   - weakness: as what a closed task may stay that is no longer the person's.
    mutating func sync(
        _ reading: Reading,
        _ truth: [String: SimulatedTask],
        shown: [String: Entry],
        touched: Set<String>,
        weakness: (String) -> Weakness
    ) {
        loose.subtract(touched)
        for id in Set(truth.keys).union(entries.keys).union(loose).subtracting(touched) {
            let own = loose.contains(id) ? shown[id] : entries[id]
            let next = next(own, truth[id], reading, weakness(id))
            // A weakness may pass, it need not: what is gone is gone.
            let isMended = truth[id] == nil && shown[id] == nil
            entries[id] = isMended ? nil : next
        }
        loose = touched
    }

    private func next(
        _ own: Entry?,
        _ task: SimulatedTask?,
        _ reading: Reading,
        _ weakness: Weakness
    ) -> Entry? {
        guard let task, !task.isDeleted, !task.isRecurrence else {
            guard let own, own.isClosed, !reading.isFull,
                Self.knownWeaknesses.contains(weakness)
            else { return nil }
            return own
        }
        let fresh = Entry(content: task.content, isClosed: task.isClosed)
        guard let own else { return task.isClosed ? nil : fresh }
        guard own.isClosed == task.isClosed else { return fresh }
        let isRecent = task.modifiedAt >= reading.since
        return reading.isFull || isRecent ? fresh : own
    }
}

/// What a person sees of a task.
struct TaskContent: Hashable, Sendable {
    var title: String
    var status: String
    var priority: String?
    var dueDate: String?
    var relatedTo: String?
    var contact: String?
}

/// A task as the simulator has it.
struct SimulatedTask: Decodable {
    var id: String
    var isClosed: Bool
    var isDeleted: Bool
    var isArchived: Bool
    var isRecurrence: Bool
    private var subject: String?
    private var status: String
    private var priority: String
    private var activityDate: String?
    private var whatID: String?
    private var whoID: String?
    private var systemModstamp: String

    var content: TaskContent {
        let scalars = (subject ?? "").unicodeScalars.filter { $0.value >= 0x20 }
        let title = String(String.UnicodeScalarView(scalars))
        return TaskContent(
            title: title.isEmpty ? "(No subject)" : title,
            status: status,
            priority: priority,
            dueDate: activityDate,
            relatedTo: whatID,
            contact: whoID
        )
    }

    var modifiedAt: Date { RFC3339.date(from: systemModstamp) ?? .distantPast }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case isClosed = "IsClosed"
        case isDeleted = "IsDeleted"
        case isArchived = "IsArchived"
        case isRecurrence = "IsRecurrence"
        case subject = "Subject"
        case status = "Status"
        case priority = "Priority"
        case activityDate = "ActivityDate"
        case whatID = "WhatId"
        case whoID = "WhoId"
        case systemModstamp = "SystemModstamp"
    }
}
