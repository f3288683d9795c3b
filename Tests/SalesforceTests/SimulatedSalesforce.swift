import AsyncHTTPClient
import Domain
import FoundationEssentials
import Logging
import NIOCore
import NIOHTTP1
import Sandbox
import Testing

@testable import Salesforce

/// A running simulator with a provider that knows it, and a person with a browser in front of it.
struct SimulatedSalesforce: Sendable {
    let base: String
    let provider: SalesforceProvider
    private let client: HTTPClient

    static let redirectURI = "http://127.0.0.1/callback"
    private static let verifier = Secret(String(repeating: "verifier-", count: 6))

    /// Runs a simulator for the time of `body`.
    ///
    /// - Parameters:
    ///   - pageSize: the provider's.
    ///   - body: is given the simulator.
    /// - Throws: what `body` throws.
    static func with(
        pageSize: Int = 2000,
        _ body: @Sendable (SimulatedSalesforce) async throws -> Void
    ) async throws {
        let logger = Logger(label: "simulator", factory: { _ in SwiftLogNoOpLogHandler() })
        let simulator = SalesforceSimulator(configuration: .init(), logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await simulator.run() }
            defer { group.cancelAll() }
            let base = try await simulator.address
            let url = try #require(ServiceURL(base))
            try await withProvider(
                loginPort: url.port,
                pageSize: pageSize,
                clientID: "sandbox-client",
                clientSecret: Secret("sandbox-secret")
            ) { provider in
                try await body(
                    SimulatedSalesforce(
                        base: base,
                        provider: provider,
                        client: provider.wire.client
                    )
                )
            }
        }
    }

    /// Goes through the log-in pages; the fields the browser brings back.
    func logIn(_ username: String, decision: String = "allow") async throws -> [String: String] {
        let url = provider.authorizationURL(
            AuthorizationURLRequest(
                loginURL: try provider.loginURL(for: .production),
                redirectURI: Self.redirectURI,
                state: Secret("the-state"),
                codeChallenge: PKCE.challenge(for: Self.verifier),
                loginHint: username
            )
        )
        let page = try await send(.GET, url)
        let request = try #require(page.hiddenField("request"))
        let login = try await send(
            .POST,
            base + "/services/oauth2/authorize/login",
            form: [("request", request), ("username", username), ("password", "any")]
        )
        let cookie = try #require(login.cookie)
        var answer = try await send(.GET, try #require(login.location), cookie: cookie)
        if answer.status == 200 {
            answer = try await send(
                .POST,
                base + "/services/oauth2/authorize/approve",
                form: [("request", request), ("decision", decision)],
                cookie: cookie
            )
        }
        return try #require(answer.location).queryFields
    }

    /// Logs in and exchanges the code.
    func connect(_ username: String) async throws -> Tokens {
        let code = try #require(try await logIn(username)["code"])
        return try await provider.exchange(
            CodeExchange(
                loginURL: base,
                redirectURI: Self.redirectURI,
                code: Secret(code),
                verifier: Self.verifier
            )
        )
    }

    /// Connects, and finds out whose tasks to read.
    func session(_ username: String) async throws -> ProviderSession {
        let tokens = try await connect(username)
        return ProviderSession(
            accessToken: tokens.access,
            instanceURL: tokens.instanceURL,
            accountID: try await provider.identify(tokens).accountID
        )
    }

    /// Reads all pages.
    func allTasks(_ selection: TaskQuery.Selection, _ session: ProviderSession) async throws
        -> (tasks: [ProviderTask], pages: Int, calls: Int)
    {
        var found: (tasks: [ProviderTask], pages: Int, calls: Int) = ([], 0, 0)
        var query = TaskQuery(selection)
        repeat {
            let page = try await provider.tasks(query, session: session)
            found.tasks += page.tasks
            found.pages += 1
            found.calls += page.calls
            query.after = page.next
        } while query.after != nil
        return found
    }

    /// Turns something in the simulator; the answer's body.
    @discardableResult
    func control(_ method: HTTPMethod, _ path: String, _ body: String? = nil) async throws -> Data {
        let answer = try await send(method, "\(base)/sandbox/\(path)", body: body)
        #expect((200...299).contains(answer.status), "\(path): \(answer.text)")
        return Data(answer.text.utf8)
    }

    /// Creates tasks; their ids.
    func createTasks(_ body: String) async throws -> [String] {
        struct Created: Decodable {
            var ids: [String]
        }
        return try JSONDecoder().decode(
            Created.self,
            from: try await control(.POST, "tasks", body)
        ).ids
    }

    private func send(
        _ method: HTTPMethod,
        _ url: String,
        form: [(name: String, value: String)]? = nil,
        body: String? = nil,
        cookie: String? = nil
    ) async throws -> BrowserAnswer {
        var request = HTTPClientRequest(url: url.hasPrefix("/") ? base + url : url)
        request.method = method
        if let cookie { request.headers.add(name: "cookie", value: cookie) }
        if let form {
            request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
            request.body = .bytes(Array(String.encodingFields(form).utf8))
        } else if let body {
            request.body = .bytes(Array(body.utf8))
        }
        let response = try await client.execute(request, timeout: .seconds(20))
        return BrowserAnswer(
            status: Int(response.status.code),
            location: response.headers.first(name: "location"),
            cookie: response.headers.first(name: "set-cookie")?.split(separator: ";").first
                .map(String.init),
            text: String(buffer: try await response.body.collect(upTo: 1 << 22))
        )
    }
}

/// What a browser makes of an answer.
private struct BrowserAnswer {
    var status: Int
    var location: String?
    var cookie: String?
    var text: String

    func hiddenField(_ name: String) -> String? {
        guard let start = text.firstRange(of: "name=\"\(name)\" value=\"") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "\"" })
    }
}

extension String {
    /// The fields of a URL's query, decoded once.
    fileprivate var queryFields: [String: String] {
        var fields: [String: String] = [:]
        for pair in drop(while: { $0 != "?" }).dropFirst().split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { fields[parts[0]] = parts[1].percentDecoded }
        }
        return fields
    }

    private var percentDecoded: String {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
