import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// What people do in the simulated Salesforce, through its `/sandbox/` routes.
struct SalesforceConsole: Sendable {
    let address: String
    let http: HTTPClient

    /// Makes a task and returns its id.
    func create(subject: String, owner: String) async throws -> String {
        let answer = try await send(
            "POST",
            "tasks",
            ["owner": owner, "subject": subject, "status": "Not Started"]
        )
        guard let id = answer?["ids"]?.elements.first?.text else {
            throw CommandFailure("the simulated Salesforce made no task")
        }
        return id
    }

    /// Changes fields of a task.
    func change(_ id: String, _ fields: [String: String]) async throws {
        _ = try await send("PATCH", "tasks/\(id)", fields)
    }

    /// Moves a task to the recycle bin.
    func delete(_ id: String) async throws { _ = try await send("DELETE", "tasks/\(id)", nil) }

    /// How many grants a person has given, and how many of these have ended.
    func grants(of username: String) async throws -> (all: Int, ended: Int) {
        let grants = try await send("GET", "grants?user=\(username)", nil)?.elements ?? []
        return (grants.count, grants.count { $0["revocation"]?.text != nil })
    }

    private func send(
        _ method: String,
        _ path: String,
        _ fields: [String: String]?
    ) async throws -> JSONTree? {
        var request = HTTPClientRequest(url: "\(address)/sandbox/\(path)")
        request.method = HTTPMethod(rawValue: method)
        if let fields { request.body = .bytes(Array(try JSONEncoder().encode(fields))) }
        let response = try await http.execute(request, timeout: .seconds(10))
        let body = try await response.body.collect(upTo: 1 << 24)
        guard (200..<300).contains(response.status.code) else {
            throw CommandFailure(
                "\(method) \(path): the simulator answered \(response.status.code)"
            )
        }
        return JSONTree(bytes: Array(body.readableBytesView))
    }
}
