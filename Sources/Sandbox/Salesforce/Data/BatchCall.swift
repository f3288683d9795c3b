#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `composite/batch`: up to 25 GET calls in one, counted as one.
extension DataEndpoint {
    private struct Batch: Codable {
        struct Part: Codable {
            let method: String
            let url: String
        }
        let batchRequests: [Part]
    }

    /// Runs every part and gathers the answers.
    func batch(
        _ request: WireRequest,
        _ version: String,
        _ session: DataSession
    ) throws(DataError) -> Reply {
        let batch: Batch
        do {
            batch = try JSONDecoder().decode(Batch.self, from: Data(request.body))
        } catch {
            throw .badRequest("JSON_PARSER_ERROR", "The batch request does not parse.")
        }
        guard (1...25).contains(batch.batchRequests.count) else {
            throw .badRequest("LIMIT_EXCEEDED", "A batch holds 1 to 25 requests.")
        }
        let replies = batch.batchRequests.map { part($0, request, version, session) }
        return .json([
            "hasErrors": .flag(replies.contains { $0.status >= 400 }),
            "results": .array(
                replies.map {
                    [
                        "statusCode": .integer($0.status),
                        "result": $0.body.isEmpty ? .null : .raw($0.body),
                    ]
                }
            ),
        ])
    }

    private func part(
        _ part: Batch.Part,
        _ request: WireRequest,
        _ version: String,
        _ session: DataSession
    ) -> Reply {
        var inner = WireRequest(method: part.method, target: part.url)
        inner.queryOptions = request.queryOptions
        do throws(DataError) {
            guard part.method == "GET", let first = inner.segments.first,
                inner.segments.count > 1, inner.segments[1] != "composite"
            else { throw .badRequest("INVALID_BATCH_REQUEST", "Only GET requests can be batched.") }
            let own = try Self.version(first)
            return try route(inner, Array(inner.segments.dropFirst()), own, session)
        } catch {
            return .dataError(error)
        }
    }
}
