/// The fields of one task.
struct TaskRecord: Sendable {
    let id: RecordID
    var subject: String?
    var description: String?
    var status = "Not Started"
    var isClosed = false
    var priority = "Normal"
    var activityDate: CalendarDate?
    var ownerID: RecordID
    var whoID: RecordID?
    var whatID: RecordID?
    var accountID: RecordID?
    var isDeleted = false
    var isRecurrence = false
    var isReminderSet = false
    var recurrenceActivityID: RecordID?
    var subtype = "Task"
    var type: String?
    var callDurationInSeconds: Int?
    var completedDate: Moment?
    let createdDate: Moment
    var createdByID: RecordID
    var lastModifiedDate: Moment
    var lastModifiedByID: RecordID
    var systemModstamp: Moment
    /// When it went to the recycle bin.
    var deletedDate: Moment?

    /// Whether it is closed so long that only `queryAll` shows it.
    func isArchived(at now: Moment) -> Bool {
        guard isClosed, let completedDate else { return false }
        return completedDate.advanced(by: 365 * 86_400) < now
    }

    /// Whether it left the recycle bin for good, after 15 days.
    func isPurged(at now: Moment) -> Bool {
        deletedDate.map { $0.advanced(by: 15 * 86_400) < now } ?? false
    }
}

/// A version of a task; never changes, so pages may hold it while the table moves on.
final class TaskRow: Sendable {
    let task: TaskRecord

    init(_ task: TaskRecord) { self.task = task }
}
