public import Domain

extension SalesforceProvider {
    /// One page in the order (SystemModstamp, Id), read with one question and as many calls as
    /// Salesforce needs to answer it; a continuation it has forgotten ends the page early.
    public func tasks(
        _ query: TaskQuery,
        session: ProviderSession
    ) async throws(ProviderError) -> TaskPage {
        let (data, owner) = try opened(session)
        let soql = SOQL.tasks(
            ownedBy: owner,
            query.selection,
            after: try place(of: query.after),
            limit: configuration.pageSize
        )
        let coverage: Coverage = query.selection == .open ? .live : .everything
        return try page(
            try await self.query(soql, data, coverage, as: TaskRecord.self),
            at: data.instance
        )
    }

    /// What a question for tasks brought, as a page.
    func page(
        _ result: QueryResult<TaskRecord>,
        at instance: ServiceURL
    ) throws(ProviderError) -> TaskPage {
        let isLast = result.isComplete && result.records.count < configuration.pageSize
        return TaskPage(
            tasks: try tasks(from: result.records.filter { $0.isDeleted != true }, at: instance),
            deleted: result.records.filter { $0.isDeleted == true }
                .compactMap { SalesforceID($0.id)?.text },
            next: isLast
                ? nil
                : result.records.last.map { TaskCursor(timestamp: $0.systemModstamp, id: $0.id) },
            providerTime: result.providerTime,
            calls: result.calls
        )
    }

    /// All of them, in the order of their ids, so that a task changed meanwhile is not passed over.
    public func openTaskIDs(session: ProviderSession) async throws(ProviderError) -> OpenTaskIDs {
        let (data, owner) = try opened(session)
        var found = OpenTaskIDs(ids: [], calls: 0)
        var last: SalesforceID?
        repeat {
            let result = try await query(
                SOQL.openTaskIDs(ownedBy: owner, after: last, limit: configuration.pageSize),
                data,
                as: IDRecord.self
            )
            let ids = result.records.compactMap { SalesforceID($0.id) }
            guard ids.count == result.records.count else {
                throw ProviderError(.retry(notBefore: nil), .senseless)
            }
            found.ids += ids.map(\.text)
            found.calls += result.calls
            let isLast = result.isComplete && ids.count < configuration.pageSize
            last = isLast ? nil : ids.last
        } while last != nil
        return found
    }

    /// Deleted and archived tasks are found too; what is in no answer at all is `notVisible`.
    public func fates(
        of ids: [String],
        session: ProviderSession
    ) async throws(ProviderError) -> TaskFates {
        let (data, owner) = try opened(session)
        var fates = TaskFates(removed: [:], present: [], calls: 0)
        for start in stride(from: 0, to: ids.count, by: Self.idsPerCall) {
            let chunk = ids[start..<min(start + Self.idsPerCall, ids.count)]
            let records = try await records(of: chunk, data, counting: &fates.calls)
            for id in chunk {
                guard let record = SalesforceID(id).flatMap({ records[$0] }) else {
                    fates.removed[id] = .notVisible
                    continue
                }
                if record.isDeleted == true {
                    fates.removed[id] = .deleted
                } else if record.ownerID.flatMap(SalesforceID.init) != owner {
                    fates.removed[id] = .reassigned
                } else {
                    fates.present += try tasks(from: [record], at: data.instance)
                }
            }
        }
        return fates
    }

    /// A URL and its headers may have about 16 KB together; an id takes 27 bytes of it.
    private static let idsPerCall = 400

    private func records(
        of ids: ArraySlice<String>,
        _ data: DataSession,
        counting calls: inout Int
    ) async throws(ProviderError) -> [SalesforceID: TaskRecord] {
        let known = ids.compactMap(SalesforceID.init)
        guard !known.isEmpty else { return [:] }
        let result = try await query(
            SOQL.tasks(withIDs: known),
            data,
            .everything,
            as: TaskRecord.self
        )
        guard result.isComplete else { throw ProviderError(.retry(notBefore: nil), .unavailable) }
        calls += result.calls
        var records: [SalesforceID: TaskRecord] = [:]
        for record in result.records {
            if let id = SalesforceID(record.id) { records[id] = record }
        }
        return records
    }

    private func place(of cursor: TaskCursor?) throws(ProviderError) -> SOQL.Place? {
        guard let cursor else { return nil }
        guard let place = SOQL.Place(cursor) else {
            throw ProviderError(.reject, .malformedRequest)
        }
        return place
    }

    func opened(
        _ session: ProviderSession
    ) throws(ProviderError) -> (DataSession, SalesforceID) {
        guard let owner = SalesforceID(session.accountID) else {
            throw ProviderError(.reject, .malformedRequest)
        }
        let instance = try admitted(session.instanceURL, "")
        return (DataSession(token: session.accessToken, instance: instance), owner)
    }

    private func tasks(
        from records: [TaskRecord],
        at instance: ServiceURL
    ) throws(ProviderError) -> [ProviderTask] {
        let link = TaskLink(instance: instance)
        let tasks = records.compactMap { $0.task(linkedBy: link) }
        guard tasks.count == records.count else {
            throw ProviderError(.retry(notBefore: nil), .senseless)
        }
        return tasks
    }
}
