import Domain
import FoundationEssentials
import Testing

extension EventRecord {
    /// `ce_type`, or `tombstone`.
    var type: String {
        guard value != nil else { return "tombstone" }
        return header("ce_type")
    }

    func header(_ name: String) -> String {
        headers.first { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    func data<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(try #require(value)))
    }
}

/// What tests look at in `task.updated.v1`.
struct PublishedTask: Decodable, Hashable, CustomStringConvertible {
    var externalId: String
    var change: String
    var version: Int64
    var title: String
    var removalReason: String?

    var description: String { "\(externalId) \(change) \(version)" }
}

/// What tests look at in outcomes.
struct PublishedOutcome: Decodable {
    struct Counts: Decodable, Hashable {
        var created, updated, completed, reopened, removed, unchanged: Int
    }

    var requestId: String
    var userId: String?
    var reason: String?
    var remedy: String?
    var counts: Counts?
    var providerCalls: Int?
    var coveredUntil: String?
    var durationMs: Int?
}
