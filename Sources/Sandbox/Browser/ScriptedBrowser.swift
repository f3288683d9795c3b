public import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A person at the simulated Salesforce's log-in pages: follows the forms as a browser would.
public struct ScriptedBrowser: Sendable {
    private let http: HTTPClient

    /// Uses a client that follows no redirects; its life is its owner's concern.
    public init(http: HTTPClient) {
        self.http = http
    }

    /// Logs in and decides.
    ///
    /// - Parameters:
    ///   - url: the authorization URL.
    ///   - username: who logs in.
    ///   - allow: whether they press Allow or Deny.
    /// - Returns: the fields of the redirect URI's query.
    /// - Throws: ``ScriptedBrowserError`` where no form or no way back is found.
    public func authorize(
        _ url: String,
        as username: String,
        allow: Bool = true
    ) async throws -> [String: String] {
        guard let start = URLComponents(string: url), let scheme = start.scheme,
            let host = start.host
        else { throw ScriptedBrowserError(reason: "the authorization URL is no URL") }
        let origin = "\(scheme)://\(host)" + (start.port.map { ":\($0)" } ?? "")
        let request = try hidden(in: try await send(url).body)
        let login = try await send(
            "\(origin)/services/oauth2/authorize/login",
            form: ["request": request, "username": username, "password": "sandbox"]
        )
        guard let next = login.location, let cookie = login.cookie else {
            throw ScriptedBrowserError(reason: "\(username) is not let in")
        }
        var back = try await send(next.hasPrefix("/") ? origin + next : next, cookie: cookie)
        if back.location == nil {
            back = try await send(
                "\(origin)/services/oauth2/authorize/approve",
                cookie: cookie,
                form: ["request": request, "decision": allow ? "allow" : "deny"]
            )
        }
        guard let items = URLComponents(string: back.location ?? "")?.queryItems else {
            throw ScriptedBrowserError(reason: "\(username) is not sent back")
        }
        return Dictionary(items.map { ($0.name, $0.value ?? "") }) { $1 }
    }

    private struct Page {
        var body: String
        var location: String?
        var cookie: String?
    }

    private func send(
        _ url: String,
        cookie: String? = nil,
        form: [String: String]? = nil
    ) async throws -> Page {
        var request = HTTPClientRequest(url: url)
        if let cookie { request.headers.add(name: "cookie", value: cookie) }
        if let form {
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
            var components = URLComponents()
            components.queryItems = form.map { URLQueryItem(name: $0.key, value: $0.value) }
            let encoded = components.percentEncodedQuery?.replacing("+", with: "%2B") ?? ""
            request.body = .bytes(Array(encoded.utf8))
        }
        let response = try await http.execute(request, timeout: .seconds(30))
        return Page(
            body: String(buffer: try await response.body.collect(upTo: 1 << 22)),
            location: response.headers.first(name: "location"),
            cookie: response.headers.first(name: "set-cookie")?.split(separator: ";").first
                .map(String.init)
        )
    }

    private func hidden(in page: String) throws(ScriptedBrowserError) -> String {
        guard let start = page.firstRange(of: "name=\"request\" value=\"") else {
            throw ScriptedBrowserError(reason: "there is no form on the page")
        }
        return String(page[start.upperBound...].prefix { $0 != "\"" })
    }
}

/// Why a scripted browser did not come back.
public struct ScriptedBrowserError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was missing; no code and no token.
    public let reason: String

    /// What was missing.
    public var description: String { reason }
}
