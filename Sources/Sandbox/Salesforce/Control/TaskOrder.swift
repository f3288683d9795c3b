/// The body of `POST /sandbox/tasks` and `PATCH /sandbox/tasks/{id}`.
struct TaskOrder: Codable, Sendable {
    var owner: String?
    var count: Int?
    var seed: UInt64?
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

    /// Changes a task; its modstamp is the caller's business.
    func apply(to task: inout TaskRecord, statuses: [TaskStatus], at now: Moment) {
        task.subject = subject.map { String($0.prefix(255)) } ?? task.subject
        task.description = description.map { String($0.prefix(32_000)) } ?? task.description
        task.priority = priority ?? task.priority
        task.activityDate = activityDate.flatMap { CalendarDate($0) } ?? task.activityDate
        task.whoID = who.flatMap { RecordID($0) } ?? task.whoID
        task.whatID = what.flatMap { RecordID($0) } ?? task.whatID
        if recurrence ?? false {
            task.isRecurrence = true
            task.activityDate = nil
        }
        if let status {
            let isClosed = statuses.first { $0.name == status }?.isClosed ?? false
            if isClosed {
                task.close(status, at: now)
            } else {
                task.status = status
                task.isClosed = false
                task.completedDate = nil
            }
        }
        if let completedDaysAgo {
            task.close(
                task.isClosed ? task.status : "Completed",
                at: now.advanced(by: -completedDaysAgo * 86_400)
            )
        }
    }
}
