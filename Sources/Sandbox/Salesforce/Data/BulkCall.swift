import OrderedCollections

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `jobs/query`: Bulk API 2.0 queries.
///
/// A job is UploadComplete when made, InProgress at the first look and JobComplete at the second.
extension DataCall {
    private struct Creation: Codable {
        let operation: String
        let query: String
    }

    /// Answers one call below `jobs/query`.
    func bulk(_ path: [Substring]) throws(DataError) -> Reply {
        if path.isEmpty, request.method == "POST" { return try createJob() }
        guard let first = path.first, let id = RecordID(first),
            let job = shared.withState({ $0.bulkJobs[id] }), job.userID == session.userID
        else { throw .notFound }
        switch (request.method, path.count) {
        case ("GET", 1): return .json(advance(job).json(isWhole: true))
        case ("GET", 2) where path[1] == "results": return try results(of: job)
        case ("PATCH", 1): return .json(set("Aborted", job).json(isWhole: true))
        case ("DELETE", 1):
            shared.withState { $0.bulkJobs[id] = nil }
            return .empty(204)
        default: throw .notFound
        }
    }

    private func createJob() throws(DataError) -> Reply {
        let creation: Creation
        do {
            creation = try JSONDecoder().decode(Creation.self, from: Data(request.body))
        } catch {
            throw .badRequest("JSON_PARSER_ERROR", "The job does not parse.")
        }
        let hidden = shared.withState {
            $0.organizations[session.organizationID]?.hiddenFields ?? []
        }
        let query = try PreparedQuery(creation.query, hiddenFields: hidden, version: version)
        let job = shared.withState { state in
            let context = state.rowContext(session.organizationID)
            let rows = state.organizations[session.organizationID].map {
                query.rows(
                    in: $0,
                    owner: session.visibleOwner,
                    all: creation.operation == "queryAll",
                    context: context
                )
            }
            let job = BulkJob(
                id: RecordID(prefix: "750", pod: 0, number: state.makeNumber()),
                organizationID: session.organizationID,
                userID: session.userID,
                operation: creation.operation,
                query: query,
                version: version,
                createdDate: state.now,
                rows: rows ?? []
            )
            state.bulkJobs[job.id] = job
            return job
        }
        return .json(job.json(isWhole: false))
    }

    private func advance(_ job: BulkJob) -> BulkJob {
        switch job.state {
        case "UploadComplete": set("InProgress", job)
        case "InProgress": set("JobComplete", job)
        default: job
        }
    }

    private func set(_ text: String, _ job: BulkJob) -> BulkJob {
        var job = job
        job.state = text
        let changed = job
        shared.withState { $0.bulkJobs[changed.id] = changed }
        return changed
    }

    private func results(of job: BulkJob) throws(DataError) -> Reply {
        guard job.version == version else {
            throw DataError(
                status: 409,
                code: "API_ERROR",
                message: "The job was created in API version \(job.version)."
            )
        }
        guard job.state == "JobComplete" else { throw .notFound }
        let start = request.query.text("locator").flatMap { Int($0) } ?? 0
        let most = request.query.text("maxRecords").flatMap { Int($0) } ?? 50_000
        let end = min(start + max(1, most), job.rows.count)
        let context = shared.withState { $0.rowContext(session.organizationID) }
        var reply = Reply(status: 200, contentType: "text/csv;charset=UTF-8")
        reply.body = job.query.csv(job.rows[min(start, end)..<end], context)
        return
            reply
            .with("Sforce-Locator", end < job.rows.count ? "\(end)" : "null")
            .with("Sforce-NumberOfRecords", "\(end - min(start, end))")
    }
}

extension BulkJob {
    /// The job as its calls show it.
    fileprivate func json(isWhole: Bool) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("id", .string(id.text)), ("operation", .string(operation)),
            ("object", .string(query.object.name)), ("createdById", .string(userID.text)),
            ("createdDate", .string(createdDate.text)),
            ("systemModstamp", .string(createdDate.text)), ("state", .string(state)),
            ("concurrencyMode", "Parallel"), ("contentType", "CSV"),
            ("apiVersion", .double(Double(version) ?? 0)), ("lineEnding", "LF"),
            ("columnDelimiter", "COMMA"),
        ]
        if isWhole {
            members += [
                ("jobType", "V2Query"),
                ("numberRecordsProcessed", .integer(state == "JobComplete" ? rows.count : 0)),
                ("retries", 0), ("totalProcessingTime", 1), ("isPkChunkingSupported", true),
            ]
        }
        return .object(members)
    }
}
