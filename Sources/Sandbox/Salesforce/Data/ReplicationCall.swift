import OrderedCollections

/// `sobjects/Task/updated` and `sobjects/Task/deleted`.
extension DataCall {
    /// `sobjects/{object}/{describe|updated|deleted}`.
    func object(_ path: [Substring]) throws(DataError) -> Reply {
        guard let object = ObjectDefinition.named(String(path[0])) else { throw .notFound }
        switch path[1] {
        case "describe": return describe(object)
        case "updated" where object.name == "Task": return try updated()
        case "deleted" where object.name == "Task": return try deleted()
        default: return try record(object, path[1])
        }
    }

    private func updated() throws(DataError) -> Reply {
        let (start, end) = try window(days: 30)
        let found = shared.withState { state in
            let table = state.organizations[session.organizationID]?.tasks
            let index = session.visibleOwner.map { table?.byOwner[$0] } ?? table?.byModstamp
            let rows = index?.slice(from: start, through: end) ?? []
            let ids = rows.filter { !$0.task.isDeleted && $0.task.systemModstamp < end }
                .map(\.task.id)
            return (ids: ids, covered: state.covered(until: end, session.organizationID))
        }
        guard found.ids.count <= 600_000 else {
            throw .badRequest("EXCEEDED_ID_LIMIT", "Too many ids in the window: narrow it")
        }
        return .json([
            "ids": .array(found.ids.sorted().map { .string($0.text) }),
            "latestDateCovered": .string(found.covered.text),
        ])
    }

    private func deleted() throws(DataError) -> Reply {
        let (start, end) = try window(days: 15)
        return shared.withState { state in
            let log = state.organizations[session.organizationID]?.tasks.deletions ?? []
            let seen = log.filter {
                $0.date >= start && $0.date < end
                    && (session.seesAll || $0.ownerID == session.userID)
            }
            return .json([
                "deletedRecords": .array(
                    seen.map {
                        ["id": .string($0.id.text), "deletedDate": .string($0.date.text)]
                    }
                ),
                "earliestDateAvailable": .string(state.now.advanced(by: -15 * 86_400).text),
                "latestDateCovered": .string(
                    state.covered(until: end, session.organizationID).text
                ),
            ])
        }
    }

    /// The asked window, seconds cut off, refused where it is not of this size.
    private func window(days: Int) throws(DataError) -> (start: Moment, end: Moment) {
        guard let start = request.query.text("start").flatMap({ Moment($0) })?.startOfMinute,
            let end = request.query.text("end").flatMap({ Moment($0) })?.startOfMinute
        else { throw .badRequest("INVALID_REPLICATION_DATE", "start and end are required") }
        guard start < end else {
            throw .badRequest("INVALID_REPLICATION_DATE", "startDate before endDate")
        }
        let now = shared.withState { $0.now }
        guard start >= now.advanced(by: -days * 86_400 - 60) else {
            throw .badRequest(
                "INVALID_REPLICATION_DATE",
                "startDate cannot be more than \(days) days ago"
            )
        }
        return (start, end)
    }
}

extension SalesforceState {
    /// How far an answer can vouch: not past the start of a transaction that is still open.
    func covered(until end: Moment, _ organization: RecordID) -> Moment {
        let pod = organizations[organization]?.pod
        let open = transactions.filter { $0.tasks.first?.id.pod == pod }.map(\.startedAt)
        return min(end, now, open.min() ?? end)
    }
}
