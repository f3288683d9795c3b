import DequeModule
import Synchronization

/// What has been asked: counts since the start and the last calls, without anything secret.
final class RequestLog: Sendable {
    /// One call.
    struct Entry: Sendable {
        let at: Moment
        let method: String
        let path: String
        /// The value of `Host`.
        let host: String?
        let status: Int
        /// The query's text, where there is one.
        let query: String?
    }

    private struct Record: Sendable {
        var counts: [String: Int] = [:]
        var last: Deque<Entry> = []
    }

    private static let capacity = 2000
    private let record = Mutex(Record())

    /// Notes a call that has been answered.
    func note(_ request: WireRequest, status: Int, at moment: Moment) {
        let name = Self.name(of: request)
        let entry = Entry(
            at: moment,
            method: request.method,
            path: request.path,
            host: request.host,
            status: status,
            query: request.query["q"].map { String($0.prefix(500)) }
        )
        record.withLock {
            $0.counts[name, default: 0] += 1
            $0.counts["status \(status)", default: 0] += 1
            if $0.last.count == Self.capacity { $0.last.removeFirst() }
            $0.last.append(entry)
        }
    }

    /// Forgets everything.
    func clear() { record.withLock { $0 = Record() } }

    /// The log as JSON.
    var json: JSONValue {
        let record = record.withLock { $0 }
        return [
            "counts": .object(
                record.counts.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) }
            ),
            "last": .array(
                record.last.map {
                    [
                        "at": .string($0.at.text), "method": .string($0.method),
                        "path": .string($0.path), "host": .optional($0.host),
                        "status": .integer($0.status), "query": .optional($0.query),
                    ]
                }
            ),
        ]
    }

    /// The endpoint, with ids left out; a token call carries its grant type.
    private static func name(of request: WireRequest) -> String {
        let segments = request.segments
        guard segments.first == "services" else {
            return "\(request.method) /\(segments.first ?? "")"
        }
        if segments.count == 3, segments[2] == "token" {
            return "POST /services/oauth2/token \(request.form["grant_type"] ?? "")"
        }
        if segments.count > 3, segments[1] == "data" {
            let rest = segments.dropFirst(3).map { RecordID($0) == nil ? $0 : "{id}" }
            let shown = rest.map { $0.hasPrefix("0r8") ? "{locator}" : $0 }
            return "\(request.method) /services/data/\(shown.joined(separator: "/"))"
        }
        return "\(request.method) \(request.path)"
    }
}
