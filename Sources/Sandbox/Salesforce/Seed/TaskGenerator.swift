import OrderedCollections

/// Makes tasks that look like a sales team's; the same seed makes the same ones.
struct TaskGenerator: Sendable {
    private var random: SplitMix

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    /// The tasks of a person in the default organizations.
    mutating func showcase(
        owner: RecordID,
        in organization: RecordID,
        _ state: inout SalesforceState
    ) -> [TaskRecord] {
        var tasks = (0..<24).compactMap { number in
            task(
                owner: owner,
                in: organization,
                modified: state.now.advanced(by: -age(number)),
                &state
            )
        }
        if let last = tasks.indices.last {
            tasks[last].isRecurrence = true
            tasks[last].activityDate = nil
            tasks[last].subject = "Weekly pipeline review"
            tasks[last - 1].recurrenceActivityID = tasks[last].id
            tasks[last - 2].close("Completed", at: state.now.advanced(by: -400 * 86_400))
            tasks[last - 2].subject = "Archived: renew contract"
            tasks[last - 3].close("Completed", at: state.now.advanced(by: -2 * 86_400))
            tasks[last - 4].subject = "Überprüfung 🚀 „Angebot“ – 見積もり"
            tasks[last - 5].subject = nil
        }
        return tasks
    }

    /// One task; about one in four is closed, two in three are about something.
    mutating func task(
        owner: RecordID,
        in organization: RecordID,
        modified: Moment,
        _ state: inout SalesforceState
    ) -> TaskRecord? {
        guard let id = state.organizations[organization]?.makeID("00T") else { return nil }
        let created = modified.advanced(by: -random.below(30 * 86_400))
        var task = TaskRecord(
            id: id,
            ownerID: owner,
            createdDate: created,
            createdByID: owner,
            lastModifiedDate: modified,
            lastModifiedByID: owner,
            systemModstamp: modified
        )
        task.subject = subject()
        task.priority = ["High", "Normal", "Normal", "Low"][random.below(4)]
        task.activityDate = CalendarDate(days: modified.seconds / 86_400 + random.below(30))
        if random.below(3) == 0 { task.description = description(random.below(6)) }
        let status = random.below(8)
        if status < 2 {
            task.close("Completed", at: modified)
        } else {
            task.status = ["Not Started", "In Progress", "Waiting on someone else"][status % 3]
        }
        relate(&task, state.organizations[organization]?.relatable ?? [])
        return task
    }

    private func age(_ number: Int) -> Int { (24 - number) * 7200 + number * 61 }

    private mutating func relate(_ task: inout TaskRecord, _ records: [RelatedRecord]) {
        guard !records.isEmpty, random.below(3) > 0 else { return }
        let record = records[random.below(records.count)]
        task.accountID = record.type == "Account" ? record.id : record.accountID
        if record.type == "Contact" {
            task.whoID = record.id
            task.whatID = record.accountID
        } else {
            task.whatID = record.id
        }
    }

    private mutating func subject() -> String {
        let verbs = ["Call", "Email", "Send quote to", "Prepare demo for", "Follow up with"]
        let names = ["Burlington", "Pyramid", "Dickenson", "Grand Hotels", "Edge", "United Oil"]
        return "\(verbs[random.below(verbs.count)]) \(names[random.below(names.count)])"
            + " #\(random.below(10_000))"
    }

    private func description(_ lines: Int) -> String {
        (0...lines).map { "Line \($0 + 1): agreed to talk about \"phase \($0)\".\tSee notes." }
            .joined(separator: "\r\n")
    }
}

extension TaskRecord {
    /// Puts it in a closed status.
    mutating func close(_ status: String, at moment: Moment) {
        self.status = status
        isClosed = true
        completedDate = moment
    }
}

extension Organization {
    /// The records a task may be about, in order of their ids.
    var relatable: [RelatedRecord] {
        related.values.filter { ["Account", "Contact", "Opportunity"].contains($0.type) }
            .sorted { $0.id < $1.id }
    }
}
