import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A task as the simulator has it.
struct SalesforceTask: Decodable, Sendable {
    var subject: String?
    var status: String
    var isClosed: Bool
    var isDeleted: Bool

    private enum CodingKeys: String, CodingKey {
        case subject = "Subject"
        case status = "Status"
        case isClosed = "IsClosed"
        case isDeleted = "IsDeleted"
    }
}

/// The simulated Salesforce's `/sandbox/` routes: what people do there, and what goes wrong.
struct SalesforceConsole: Sendable {
    private struct Made: Decodable { var ids: [String] }
    private struct Fault: Decodable { var hits: Int }
    private struct Grant: Decodable { var revocation: String? }
    private struct Requests: Decodable { var counts: [String: Int] }

    let address: String
    let http: HTTPClient

    func addUser(_ email: String, isAdministrator: Bool = false) async throws {
        try await send(
            "POST",
            "users",
            """
            {"organization":"Acme","email":"\(email)","administrator":\(isAdministrator)}
            """
        )
    }

    /// Makes open tasks; their ids.
    func makeTasks(owner: String, count: Int, seed: UInt64) async throws -> [String] {
        let answer = try await send(
            "POST",
            "tasks",
            #"{"owner":"\#(owner)","count":\#(count),"seed":\#(seed),"status":"In Progress"}"#
        )
        return try JSONDecoder().decode(Made.self, from: answer).ids
    }

    /// Changes one field of a task.
    func change(_ task: String, _ field: String, _ value: String) async throws {
        try await send("PATCH", "tasks/\(task)", #"{"\#(field)":"\#(value)"}"#)
    }

    func delete(_ task: String) async throws {
        try await send("DELETE", "tasks/\(task)")
    }

    func task(_ id: String) async throws -> SalesforceTask {
        try JSONDecoder().decode(SalesforceTask.self, from: try await send("GET", "tasks/\(id)"))
    }

    /// Delays every call for data by that much from now on.
    func delay(_ duration: Duration) async throws {
        try await send(
            "POST",
            "faults",
            """
            {"kind":"delay","milliseconds":\(Int(duration.seconds * 1000)),"probability":1,\
            "match":{"path":"/services/data"}}
            """
        )
    }

    /// How many calls the planned faults have struck.
    func faultHits() async throws -> Int {
        let list = try await send("GET", "faults")
        return try JSONDecoder().decode([Fault].self, from: list).reduce(0) { $0 + $1.hits }
    }

    func dropFaults() async throws {
        try await send("DELETE", "faults")
    }

    // MARK: - Tokens

    /// Keeps every answer to calls of a path back for that long, once what was asked for is done.
    func holdAnswers(to path: String, for duration: Duration) async throws {
        try await send(
            "POST",
            "faults",
            """
            {"kind":"delay","milliseconds":\(Int(duration.seconds * 1000)),"probability":1,\
            "phase":"after","match":{"path":"\(path)"}}
            """
        )
    }

    /// How many approvals a user may give before the oldest is evicted.
    func allowApprovals(_ count: Int) async throws {
        try await send("PATCH", "settings", "{\"approvalsPerUser\":\(count)}")
    }

    /// How long every refresh takes from now on.
    func slowRefreshes(to duration: Duration) async throws {
        try await send(
            "PATCH",
            "settings",
            "{\"refreshMilliseconds\":\(Int(duration.seconds * 1000))}"
        )
    }

    /// Answers somebody's next call for tokens with a page that says it is down, and takes nothing up.
    func failTokenCall(of user: String) async throws {
        try await send(
            "POST",
            "faults",
            """
            {"kind":"html","status":503,"times":1,\
            "match":{"path":"/services/oauth2/token","user":"\(user)"}}
            """
        )
    }

    /// Lets everyone's access tokens run out.
    func expireAllTokens() async throws {
        try await send("POST", "tokens/expire", "{}")
    }

    /// Lets somebody's access tokens die; their refresh tokens live.
    func expireTokens(of user: String) async throws {
        try await send("POST", "tokens/expire", "{\"user\":\"\(user)\"}")
    }

    /// Why each of somebody's approvals has ended, the oldest first; nil for one that lives.
    func approvals(of user: String) async throws -> [String?] {
        let list = try await send("GET", "grants?user=\(user)")
        return try JSONDecoder().decode([Grant].self, from: list).map(\.revocation)
    }

    /// How many of somebody's approvals live.
    func liveApprovals(of user: String) async throws -> Int {
        try await approvals(of: user).count { $0 == nil }
    }

    /// How often each endpoint was called, and each status answered, since the last time they were
    /// forgotten.
    func requestCounts() async throws -> [String: Int] {
        try JSONDecoder().decode(Requests.self, from: try await send("GET", "requests")).counts
    }

    func forgetRequests() async throws {
        try await send("DELETE", "requests")
    }

    @discardableResult
    private func send(_ method: String, _ path: String, _ body: String? = nil) async throws -> Data
    {
        var request = HTTPClientRequest(url: "\(address)/sandbox/\(path)")
        request.method = HTTPMethod(rawValue: method)
        if let body { request.body = .bytes(Array(body.utf8)) }
        let response = try await http.execute(request, timeout: .seconds(30))
        let answer = try await response.body.collect(upTo: 1 << 24)
        guard (200..<300).contains(response.status.code) else {
            throw ChaosError("\(method) \(path): \(String(buffer: answer))")
        }
        return Data(answer.readableBytesView)
    }
}
