import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// What a test says to a simulator, as an app and as a browser.
struct SimulatorClient: Sendable {
    static let redirectURI = "http://127.0.0.1/callback?from=test"
    static let verifier = String(repeating: "verifier-", count: 6)

    /// The methods in use.
    enum Method: String { case get = "GET", post = "POST", patch = "PATCH", delete = "DELETE" }

    /// An answer, body read.
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSON {
            get throws { try JSONDecoder().decode(JSON.self, from: Data(body)) }
        }
    }

    let base: String
    let http: HTTPClient

    /// One call.
    func call(
        _ method: Method,
        _ path: String,
        headers: [(String, String)] = [],
        body: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: path.hasPrefix("http") ? path : base + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(Array(body.utf8)) }
        let response = try await http.execute(request, timeout: .seconds(20))
        let bytes = try await response.body.collect(upTo: 64 * 1024 * 1024)
        var found: [String: String] = [:]
        for header in response.headers { found[header.name.lowercased()] = header.value }
        return Answer(
            status: Int(response.status.code),
            headers: found,
            body: Array(bytes.readableBytesView)
        )
    }

    /// A control request.
    @discardableResult
    func control(_ method: Method, _ path: String, _ body: String? = nil) async throws -> JSON {
        let answer = try await call(method, "/sandbox/\(path)", body: body)
        #expect((200..<300).contains(answer.status), "\(path): \(answer.text)")
        return answer.body.isEmpty ? .null : try answer.json
    }

    /// A form POST.
    func form(
        _ path: String,
        _ fields: [(String, String)],
        headers: [(String, String)] = []
    ) async throws -> Answer {
        let body = fields.map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&")
        let type = ("Content-Type", "application/x-www-form-urlencoded")
        return try await call(.post, path, headers: headers + [type], body: body)
    }

    /// The path of an authorization request; a field given here replaces the usual one.
    func authorizePath(_ changes: [String: String?] = [:]) -> String {
        var fields: [String: String?] = [
            "response_type": "code", "client_id": "sandbox-client",
            "redirect_uri": Self.redirectURI, "scope": "api id refresh_token", "state": "s/1",
            "code_challenge": Self.challenge, "code_challenge_method": "S256",
        ]
        for (name, value) in changes { fields[name] = value }
        let query = fields.compactMap { name, value in
            value.map { "\(name)=\(Self.encoded($0))" }
        }
        return "/services/oauth2/authorize?" + query.joined(separator: "&")
    }

    /// Logs in and decides; where the browser is sent in the end, or the page it is left on.
    func authorize(
        as username: String,
        decision: String = "allow",
        _ changes: [String: String?] = [:]
    ) async throws -> Landing {
        let page = try await call(.get, authorizePath(changes))
        let request = try #require(page.hidden("request"))
        let login = try await form(
            "/services/oauth2/authorize/login",
            [("request", request), ("username", username), ("password", "any")]
        )
        let location = try #require(login.headers["location"])
        let cookie = try #require(
            login.headers["set-cookie"]?.split(separator: ";").first.map(String.init)
        )
        var answer = try await call(.get, location, headers: [("Cookie", cookie)])
        if answer.status == 200 {
            answer = try await form(
                "/services/oauth2/authorize/approve",
                [("request", request), ("decision", decision)],
                headers: [("Cookie", cookie)]
            )
        }
        return Landing(answer: answer, cookie: cookie)
    }

    /// Exchanges a code.
    func exchange(
        _ code: String,
        verifier: String? = verifier,
        _ changes: [String: String] = [:]
    ) async throws -> Answer {
        var fields = [
            "grant_type": "authorization_code", "code": code, "redirect_uri": Self.redirectURI,
            "client_id": "sandbox-client", "client_secret": "sandbox-secret",
        ]
        fields["code_verifier"] = verifier
        fields.merge(changes) { $1 }
        return try await form("/services/oauth2/token", fields.map { ($0.key, $0.value) })
    }

    /// The whole dance.
    func connect(_ username: String) async throws -> JSON {
        let code = try #require(try await authorize(as: username).query["code"])
        let answer = try await exchange(code)
        #expect(answer.status == 200, "\(answer.text)")
        return try answer.json
    }

    /// Refreshes.
    func refresh(
        _ token: String,
        _ changes: [(String, String)] = []
    ) async throws -> Answer {
        try await form(
            "/services/oauth2/token",
            [
                ("grant_type", "refresh_token"), ("refresh_token", token),
                ("client_id", "sandbox-client"), ("client_secret", "sandbox-secret"),
            ] + changes
        )
    }

    /// The access token of a fresh connection.
    func accessToken(_ username: String) async throws -> String {
        try #require(try await connect(username)["access_token"].string)
    }

    /// A data call.
    func data(
        _ path: String,
        _ token: String,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        let target = path.hasPrefix("/") ? path : "/services/data/v67.0/\(path)"
        return try await call(
            .get,
            target,
            headers: [("Authorization", "Bearer \(token)")] + headers
        )
    }

    /// A query.
    func query(
        _ soql: String,
        _ token: String,
        all: Bool = false,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        try await data(
            "\(all ? "queryAll" : "query")?q=\(Self.encoded(soql))",
            token,
            headers: headers
        )
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }

    /// A JWT with these claims and no signature to speak of.
    static func assertion(for user: String, audience: String, expiring: Int) -> String {
        let claims =
            #"{"iss":"sandbox-client","sub":"\#(user)","aud":"\#(audience)","exp":\#(expiring)}"#
        return "e30." + urlSafe(Data(claims.utf8)) + ".c2ln"
    }

    private static func urlSafe(_ data: Data) -> String {
        data.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static let challenge = urlSafe(Data(SHA256.hash(data: Data(verifier.utf8))))
}

/// Where a browser ends up.
struct Landing: Sendable {
    let answer: SimulatorClient.Answer
    let cookie: String

    /// The fields of the redirect, decoded once.
    var query: [String: String] { answer.redirectQuery }
}

extension SimulatorClient.Answer {
    /// The fields of the redirect, decoded once.
    var redirectQuery: [String: String] {
        let location = headers["location"] ?? ""
        var fields: [String: String] = [:]
        for pair in location.split(separator: "?").last?.split(separator: "&") ?? [] {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { fields[parts[0]] = parts[1].removingPercentEncoding }
        }
        return fields
    }

    /// The value of a hidden field of a page.
    func hidden(_ name: String) -> String? {
        text.split(separator: "name=\"\(name)\" value=\"").dropFirst().first?
            .split(separator: "\"").first.map(String.init)
    }
}
