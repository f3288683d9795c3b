import Domain
import FoundationEssentials

/// The questions this room asks, in Salesforce's query language.
///
/// Only ids and timestamps of checked form are ever put into them.
enum SOQL {
    static let organization =
        "SELECT Id, Name, OrganizationType, IsSandbox, InstanceName FROM Organization"
    static let anyTask = "SELECT Id FROM Task LIMIT 1"

    /// One page of an owner's tasks in the order (SystemModstamp, Id), after a place in it.
    ///
    /// However many tasks share one timestamp, the next page starts behind the last one read.
    static func tasks(
        ownedBy owner: SalesforceID,
        _ selection: TaskQuery.Selection,
        after place: Place?,
        limit: Int
    ) -> String {
        var conditions = ownedBy(owner)
        switch selection {
        case .open: conditions.append("IsClosed = false")
        case .changed(let since):
            if place == nil { conditions.append("SystemModstamp >= \(literal(since))") }
        }
        if let place {
            let instant = literal(place.instant)
            conditions.append("SystemModstamp >= \(instant)")
            conditions.append("(SystemModstamp > \(instant) OR Id > '\(place.id.text)')")
        }
        return "SELECT \(taskFields), IsDeleted FROM Task "
            + "WHERE \(conditions.joined(separator: " AND ")) "
            + "ORDER BY SystemModstamp, Id LIMIT \(limit)"
    }

    /// The ids of an owner's open tasks, by id, so that a task changed meanwhile keeps its place.
    static func openTaskIDs(
        ownedBy owner: SalesforceID,
        after last: SalesforceID?,
        limit: Int
    ) -> String {
        var conditions = ownedBy(owner) + ["IsClosed = false"]
        if let last { conditions.append("Id > '\(last.text)'") }
        return "SELECT Id FROM Task WHERE \(conditions.joined(separator: " AND ")) "
            + "ORDER BY Id LIMIT \(limit)"
    }

    /// Tasks by id, deleted ones too when asked with `queryAll`.
    static func tasks(withIDs ids: [SalesforceID]) -> String {
        let list = ids.map { "'\($0.text)'" }.joined(separator: ",")
        return "SELECT \(taskFields), IsDeleted FROM Task WHERE Id IN (\(list))"
    }

    /// A place in the order of tasks.
    struct Place: Sendable {
        var instant: Date
        var id: SalesforceID

        /// `nil` when it is not one this room has given out.
        init?(_ cursor: TaskCursor) {
            guard let instant = RFC3339.date(from: cursor.timestamp),
                let id = SalesforceID(cursor.id)
            else { return nil }
            self.instant = instant
            self.id = id
        }
    }

    private static let taskFields =
        "Id, Subject, Status, Priority, ActivityDate, IsClosed, OwnerId, SystemModstamp, "
        + "WhatId, What.Name, What.Type, WhoId, Who.Name, Who.Type"

    private static func ownedBy(_ owner: SalesforceID) -> [String] {
        ["OwnerId = '\(owner.text)'", "IsRecurrence = false"]
    }

    private static func literal(_ date: Date) -> String { RFC3339.string(from: date) }
}
