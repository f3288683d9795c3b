public import Domain
public import FoundationEssentials

extension SalesforceProvider {
    /// Four questions in one call: what changed, what is open, how far everything is visible, and what
    /// is gone.
    ///
    /// How far everything is visible is `latestDateCovered`: while a long transaction is open that is
    /// its start, so that what it makes visible late is read by the next question. Source: Salesforce's
    /// SOAP API guide, getUpdated.
    public func changes(
        since: Date,
        session: ProviderSession
    ) async throws(ProviderError) -> TaskChanges {
        let (data, owner) = try opened(session)
        let now = now()
        let batch = try await batch(since, owner, data, now: now)
        let answer = try batch.answer.changed.get(now: now)
        var result = QueryResult<TaskRecord>()
        result.records = answer.records
        result.providerTime = batch.date
        result.calls = 1
        // Fewer at once than were asked for: the next page goes on behind them.
        result.isComplete = answer.done
        let open = try batch.answer.open.get(now: now)
        let isWhole = open.done && open.records.count < configuration.pageSize
        // One that is refused vouches for nothing: the sync goes on, and the next reaches further back.
        let (updated, deleted) = (
            try? batch.answer.updated.get(now: now), try? batch.answer.deleted.get(now: now)
        )
        return TaskChanges(
            page: try page(result, at: data.instance),
            deleted: (deleted?.deletedRecords ?? []).compactMap { SalesforceID($0.id)?.text },
            open: isWhole ? open.records.compactMap { SalesforceID($0.id)?.text } : nil,
            coveredUntil: [updated?.coveredUntil, deleted?.coveredUntil].min
        )
    }

    private func batch(
        _ since: Date,
        _ owner: SalesforceID,
        _ data: DataSession,
        now: Date
    ) async throws(ProviderError) -> (answer: ChangesBatch, date: Date?) {
        let version = "v\(configuration.apiVersion)"
        let changed = SOQL.tasks(
            ownedBy: owner,
            .changed(since: since),
            after: nil,
            limit: configuration.pageSize
        )
        let open = SOQL.openTaskIDs(ownedBy: owner, after: nil, limit: configuration.pageSize)
        let request = BatchRequest([
            "\(version)/queryAll?q=\(changed.percentEncoded)",
            "\(version)/query?q=\(open.percentEncoded)",
            "\(version)/sobjects/Task/updated/\(ReplicationWindow(endingAt: now).query)",
            "\(version)/sobjects/Task/deleted/\(ReplicationWindow(since: since, now: now).query)",
        ])
        let body: Data
        do {
            body = try JSONEncoder().encode(request)
        } catch {
            throw ProviderError(.reject, .malformedRequest)
        }
        let answer = try await succeeding(
            Wire.Call(
                endpoint: .data,
                url: try admitted(
                    data.instance.origin,
                    "/services/data/\(version)/composite/batch"
                ),
                bearer: data.token,
                json: Array(body),
                timeout: configuration.requestTimeout,
                maximumLength: Self.maximumQueryLength
            )
        )
        return (try read(ChangesBatch.self, from: answer, at: .data), answer.date)
    }
}

extension [Date?] {
    /// The earliest; `nil` where one is missing, because nobody vouches for it.
    fileprivate var min: Date? {
        let known = compactMap(\.self)
        return known.count == count ? known.min() : nil
    }
}
