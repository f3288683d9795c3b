import Domain
import FoundationEssentials

/// One part of a batch's answer: what was asked for, or why not.
enum BatchPart<Value: Decodable & Sendable>: Decodable, Sendable {
    case value(Value)
    /// The status, and the error as a call of its own would answer it.
    case refused(Int, Data)

    private enum CodingKeys: String, CodingKey {
        case statusCode, result
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let status = try container.decode(Int.self, forKey: .statusCode)
        guard (200...299).contains(status) else {
            // What is no list of errors is told apart by its status alone.
            let errors = try? container.decode([RESTError].self, forKey: .result)
            self = .refused(status, try JSONEncoder().encode(errors ?? []))
            return
        }
        self = .value(try container.decode(Value.self, forKey: .result))
    }

    /// The value, or the error that a call of its own would have thrown.
    func get(now: Date) throws(ProviderError) -> Value {
        switch self {
        case .value(let value): return value
        case .refused(let status, let body):
            throw ErrorTable.error(
                for: WireAnswer(status: status, body: body),
                at: .data,
                now: now
            )
        }
    }
}

/// What a batch asks for a person's tasks since an instant.
struct ChangesBatch: Decodable, Sendable {
    var changed: BatchPart<QueryAnswer<TaskRecord>>
    var open: BatchPart<QueryAnswer<IDRecord>>
    var updated: BatchPart<ReplicationAnswer>
    var deleted: BatchPart<ReplicationAnswer>

    private enum CodingKeys: String, CodingKey {
        case results
    }

    init(from decoder: any Decoder) throws {
        var results = try decoder.container(keyedBy: CodingKeys.self)
            .nestedUnkeyedContainer(forKey: .results)
        changed = try results.decode(BatchPart<QueryAnswer<TaskRecord>>.self)
        open = try results.decode(BatchPart<QueryAnswer<IDRecord>>.self)
        updated = try results.decode(BatchPart<ReplicationAnswer>.self)
        deleted = try results.decode(BatchPart<ReplicationAnswer>.self)
    }
}

/// The body of `POST composite/batch`.
struct BatchRequest: Encodable, Sendable {
    struct Part: Encodable, Sendable {
        var method = "GET"
        var url: String
    }

    var batchRequests: [Part]

    init(_ urls: [String]) {
        batchRequests = urls.map { Part(url: $0) }
    }
}
