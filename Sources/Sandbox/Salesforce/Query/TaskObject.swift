/// The task object.
extension ObjectDefinition {
    static let task = ObjectDefinition(
        "Task",
        prefix: "00T",
        fields: taskIdentity + taskState + taskRecurrence + taskTimes,
        parents: [
            ParentDefinition(name: "Who", type: "Name", object: { .name }) { row, context in
                context.parent(taskOf(row)?.whoID)
            },
            ParentDefinition(name: "What", type: "Name", object: { .name }) { row, context in
                context.parent(taskOf(row)?.whatID)
            },
            ParentDefinition(name: "Owner", type: "Name", object: { .name }) { row, context in
                context.parent(taskOf(row)?.ownerID)
            },
            ParentDefinition(name: "Account", type: "Account", object: { .account }) {
                row,
                context in
                context.parent(taskOf(row)?.accountID)
            },
            ParentDefinition(name: "CreatedBy", type: "User", object: { .user }) { row, context in
                context.parent(taskOf(row)?.createdByID)
            },
            ParentDefinition(name: "LastModifiedBy", type: "User", object: { .user }) {
                row,
                context in
                context.parent(taskOf(row)?.lastModifiedByID)
            },
        ]
    )

    private static let taskIdentity: [FieldDefinition] = [
        taskField("Id", .id, 18, nillable: false) { task, _ in .id(task.id) },
        taskField("WhoId", .reference, 18, targets: ["Contact", "Lead"]) { task, _ in
            .optional(task.whoID)
        },
        taskField("WhatId", .reference, 18, targets: ["Account", "Opportunity", "Case"]) {
            task,
            _ in .optional(task.whatID)
        },
        taskField("AccountId", .reference, 18, targets: ["Account"]) { task, _ in
            .optional(task.accountID)
        },
        taskField("OwnerId", .reference, 18, nillable: false, targets: ["Group", "User"]) {
            task,
            _ in .id(task.ownerID)
        },
        taskField("WhoCount", .int) { task, _ in .number(task.whoID == nil ? 0 : 1) },
        taskField("WhatCount", .int) { task, _ in .number(task.whatID == nil ? 0 : 1) },
    ]

    private static let taskState: [FieldDefinition] = [
        taskField("Subject", .combobox, 255) { task, _ in .optional(task.subject) },
        taskField("Description", .textarea, 32_000) { task, _ in .optional(task.description) },
        taskField("Status", .picklist, 40, nillable: false) { task, _ in .text(task.status) },
        taskField("Priority", .picklist, 40, nillable: false) { task, _ in .text(task.priority) },
        taskField("ActivityDate", .date) { task, _ in
            task.activityDate.map { .date($0) } ?? .null
        },
        taskField("IsClosed", .boolean, nillable: false) { task, _ in .flag(task.isClosed) },
        taskField("IsHighPriority", .boolean, nillable: false) { task, _ in
            .flag(task.priority == "High")
        },
        taskField("IsDeleted", .boolean, nillable: false) { task, _ in .flag(task.isDeleted) },
        taskField("IsArchived", .boolean, nillable: false) { task, context in
            .flag(task.isArchived(at: context.now))
        },
        taskField("IsReminderSet", .boolean, nillable: false) { task, _ in
            .flag(task.isReminderSet)
        },
        taskField("TaskSubtype", .picklist, 40) { task, _ in .text(task.subtype) },
        taskField("Type", .picklist, 40) { task, _ in .optional(task.type) },
        taskField("CallDurationInSeconds", .int) { task, _ in
            task.callDurationInSeconds.map { .number($0) } ?? .null
        },
    ]

    private static let taskRecurrence: [FieldDefinition] = [
        taskField("IsRecurrence", .boolean, nillable: false) { task, _ in
            .flag(task.isRecurrence)
        },
        taskField("RecurrenceActivityId", .reference, 18, targets: ["Task"]) { task, _ in
            .optional(task.recurrenceActivityID)
        },
        taskField("RecurrenceInterval", .int) { task, _ in
            task.isRecurrence ? .number(1) : .null
        },
        taskField("RecurrenceType", .picklist, 40) { task, _ in
            task.isRecurrence ? .text("RecursWeekly") : .null
        },
    ]

    private static let taskTimes: [FieldDefinition] = [
        taskField("CompletedDateTime", .datetime) { task, _ in .optional(task.completedDate) },
        taskField("CreatedDate", .datetime, nillable: false) { task, _ in
            .moment(task.createdDate)
        },
        taskField("CreatedById", .reference, 18, nillable: false, targets: ["User"]) {
            task,
            _ in .id(task.createdByID)
        },
        taskField("LastModifiedDate", .datetime, nillable: false) { task, _ in
            .moment(task.lastModifiedDate)
        },
        taskField("LastModifiedById", .reference, 18, nillable: false, targets: ["User"]) {
            task,
            _ in .id(task.lastModifiedByID)
        },
        taskField("SystemModstamp", .datetime, nillable: false) { task, _ in
            .moment(task.systemModstamp)
        },
    ]

    private static func taskOf(_ row: Row) -> TaskRecord? {
        if case .task(let row) = row { row.task } else { nil }
    }

    private static func taskField(
        _ name: String,
        _ kind: FieldDefinition.Kind,
        _ length: Int = 0,
        nillable: Bool = true,
        targets: [String] = [],
        read: @escaping @Sendable (TaskRecord, RowContext) -> FieldValue
    ) -> FieldDefinition {
        FieldDefinition(
            name: name,
            kind: kind,
            length: length,
            isNillable: nillable,
            targets: targets
        ) { row, context in
            guard case .task(let row) = row else { return .null }
            return read(row.task, context)
        }
    }
}
