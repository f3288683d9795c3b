import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// A person at the simulated Salesforce's log-in pages.
struct Browser: Sendable {
    struct Lost: Error, CustomStringConvertible {
        let description: String
    }

    let http: HTTPClient

    /// Logs in, decides, and returns the query of the redirect URI.
    func authorize(_ url: String, as username: String, allow: Bool = true) async throws -> [String:
        String]
    {
        let origin = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
            .prefix(3).joined(separator: "/")
        let request = try hidden(in: try await send(url).body)
        let login = try await send(
            "\(origin)/services/oauth2/authorize/login",
            form: ["request": request, "username": username, "password": "sandbox"]
        )
        guard let next = login.location, let cookie = login.cookie else {
            throw Lost(description: "not logged in: \(login.body)")
        }
        var back = try await send(next.hasPrefix("/") ? origin + next : next, cookie: cookie)
        if back.location == nil {
            back = try await send(
                "\(origin)/services/oauth2/authorize/approve",
                cookie: cookie,
                form: ["request": request, "decision": allow ? "allow" : "deny"]
            )
        }
        guard let location = back.location, let query = location.split(separator: "?").last else {
            throw Lost(description: "not sent back")
        }
        var fields: [String: String] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            fields[parts[0]] = parts.count > 1 ? decoded(parts[1]) : ""
        }
        return fields
    }

    private func send(
        _ url: String,
        cookie: String? = nil,
        form: [String: String]? = nil
    ) async throws -> (body: String, location: String?, cookie: String?) {
        var request = HTTPClientRequest(url: url)
        if let cookie { request.headers.add(name: "cookie", value: cookie) }
        if let form {
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
            let pairs = form.map { "\($0.key)=\(encoded($0.value))" }
            request.body = .bytes(Array(pairs.joined(separator: "&").utf8))
        }
        let response = try await http.execute(request, timeout: .seconds(10))
        return (
            String(buffer: try await response.body.collect(upTo: 1 << 20)),
            response.headers.first(name: "location"),
            response.headers.first(name: "set-cookie")?.split(separator: ";").first.map(String.init)
        )
    }

    private func hidden(in page: String) throws -> String {
        let marker = "name=\"request\" value=\""
        guard let start = page.firstRange(of: marker) else {
            throw Lost(description: "no form in: \(page)")
        }
        return String(page[start.upperBound...].prefix { $0 != "\"" })
    }

    private func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            return scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
