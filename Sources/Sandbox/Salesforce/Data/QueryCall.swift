import OrderedCollections

/// `query`, `queryAll` and their further pages.
extension DataCall {
    /// The first page of a query.
    func query(all: Bool) throws(DataError) -> Reply {
        guard let text = request.query.text("q") else {
            throw .malformed("A query string has to be specified")
        }
        let hidden = shared.withState {
            $0.organizations[session.organizationID]?.hiddenFields ?? []
        }
        let query = try PreparedQuery(text, hiddenFields: hidden, version: version)
        let result = shared.withState { state in
            select(query, all: all, &state)
        }
        if query.statement.isCount {
            return .json([
                "totalSize": .integer(result.page.total), "done": true, "records": [],
            ])
        }
        return .page(result.page, query.writer, result.context)
    }

    /// A further page: `0r8…-2000`.
    func nextPage(_ locator: Substring) throws(DataError) -> Reply {
        let parts = locator.split(separator: "-")
        guard parts.count == 2, let id = RecordID(parts[0]), let start = Int(parts[1]) else {
            throw .invalidLocator(because: "INVALID_QUERY_LOCATOR_FORMAT")
        }
        let found = shared.withState { state in
            state.resume(id, from: start, session, version).map { locator in
                (locator, state.rowContext(session.organizationID))
            }
        }
        guard let ((page, writer), context) = found else {
            throw .invalidLocator(because: "QUERY_LOCATOR_EXPIRED")
        }
        guard start < page.total else {
            throw .invalidLocator(because: "LOCATOR_LOCATION_EXCEEDS_SIZE")
        }
        return .page(page, writer, context)
    }

    private func select(
        _ query: PreparedQuery,
        all: Bool,
        _ state: inout SalesforceState
    ) -> (page: RecordPage, context: RowContext) {
        let context = state.rowContext(session.organizationID)
        let rows = state.organizations[session.organizationID]?.rowsMatching(
            query,
            owner: session.visibleOwner,
            all: all,
            context
        )
        let found = rows ?? []
        let size = pageSize(state.settings.pageSize)
        guard found.count > size, !query.statement.isCount else {
            return (RecordPage(rows: found[...], total: found.count, next: nil), context)
        }
        let id = RecordID(prefix: "0r8", pod: 0, number: state.makeNumber())
        state.keep(
            QueryLocator(
                id: id,
                userID: session.userID,
                organizationID: session.organizationID,
                rows: found,
                writer: query.writer,
                createdAt: state.now,
                lastUsed: state.now,
                pageSize: size,
                operation: all ? "queryAll" : "query"
            )
        )
        let next = "/services/data/v\(version)/\(all ? "queryAll" : "query")/\(id.text)-\(size)"
        return (RecordPage(rows: found[..<size], total: found.count, next: next), context)
    }

    private func pageSize(_ greatest: Int) -> Int {
        let wish = request.queryOptions?.split(separator: "=").last.flatMap {
            Int(String($0).filter { $0 != " " })
        }
        guard let wish else { return greatest }
        return min(max(200, wish), 2000, greatest)
    }
}

extension Organization {
    fileprivate func rowsMatching(
        _ query: PreparedQuery,
        owner: RecordID?,
        all: Bool,
        _ context: RowContext
    ) -> [Row] {
        query.rows(in: self, owner: owner, all: all, context: context)
    }
}

extension SalesforceState {
    /// What reading rows of an organization needs.
    func rowContext(_ id: RecordID) -> RowContext {
        var context =
            organizations[id]?.context ?? RowContext(organization: id, users: [:], related: [:])
        context.now = now
        return context
    }

    /// Keeps a locator; a user's oldest goes when there are too many.
    mutating func keep(_ locator: QueryLocator) {
        let own = locators.values.filter { $0.userID == locator.userID }
        if own.count >= settings.locatorsPerUser, let oldest = own.first {
            locators.removeValue(forKey: oldest.id)
        }
        locators[locator.id] = locator
    }

    /// The page of a locator that is still alive and the caller's own.
    mutating func resume(
        _ id: RecordID,
        from start: Int,
        _ session: DataSession,
        _ version: String
    ) -> (RecordPage, RecordWriter)? {
        guard let locator = locators[id], locator.userID == session.userID else { return nil }
        guard locator.lastUsed.advanced(by: settings.locatorIdleSeconds) > now,
            locator.createdAt.advanced(by: 2 * 86_400) > now
        else {
            locators.removeValue(forKey: id)
            return nil
        }
        locators[id]?.lastUsed = now
        let end = min(start + locator.pageSize, locator.rows.count)
        let next =
            end < locator.rows.count
            ? "/services/data/v\(version)/\(locator.operation)/\(id.text)-\(end)" : nil
        let rows = start <= end ? locator.rows[start..<end] : []
        return (RecordPage(rows: rows, total: locator.rows.count, next: next), locator.writer)
    }
}

/// One page of a query's answer.
struct RecordPage: Sendable {
    let rows: ArraySlice<Row>
    let total: Int
    /// `nextRecordsUrl`, nil on the last page.
    let next: String?
}

extension Reply {
    /// A page of records.
    static func page(_ page: RecordPage, _ writer: RecordWriter, _ context: RowContext) -> Reply {
        var text = JSONText()
        text.bytes.reserveCapacity(128 + page.rows.count * 800)
        text.raw("{\"totalSize\":")
        text.number(page.total)
        text.raw(",\"done\":")
        page.next == nil ? text.raw("true") : text.raw("false")
        if let next = page.next {
            text.raw(",\"nextRecordsUrl\":")
            text.string(next)
        }
        text.raw(",\"records\":[")
        var isFirst = true
        for row in page.rows {
            if !isFirst { text.raw(",") }
            isFirst = false
            writer.write(row, context: context, into: &text)
        }
        text.raw("]}")
        return Reply(
            status: 200,
            contentType: "application/json;charset=UTF-8",
            body: text.bytes
        )
    }
}

extension DataError {
    /// A locator that does not do, with its extended code.
    static func invalidLocator(because code: String) -> DataError {
        var error = DataError.invalidLocator
        error.extendedCode = code
        return error
    }
}
