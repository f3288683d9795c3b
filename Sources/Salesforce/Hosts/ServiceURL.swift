/// An absolute `http` or `https` URL in the one form this room sends requests to.
///
/// Narrower than RFC 3986 on purpose: what two URL parsers could read differently is no URL here.
struct ServiceURL: Hashable, Sendable {
    enum Scheme: String, Sendable {
        case https, http

        var defaultPort: Int { self == .https ? 443 : 80 }
    }

    let scheme: Scheme
    /// Lower case, no trailing dot; an IPv6 address keeps its brackets.
    let host: String
    let port: Int
    /// With the query, without a trailing slash; empty or starting with a slash.
    let path: String

    /// `nil` for user information, a fragment, a backslash, anything beyond visible ASCII, an empty
    /// label, a port out of range.
    init?(_ text: String) {
        guard text.utf8.allSatisfy(\.isURLByte) else { return nil }
        let lowercased = text.lowercased()
        guard
            let scheme: Scheme = lowercased.hasPrefix("https://")
                ? .https : lowercased.hasPrefix("http://") ? .http : nil
        else { return nil }
        let rest = text.dropFirst(scheme.rawValue.count + "://".count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let (host, port) = Self.split(authority.lowercased()) else { return nil }
        let path = rest.dropFirst(authority.count)
        guard path.isEmpty || path.first == "/" else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port ?? scheme.defaultPort
        self.path = path.last == "/" ? String(path.dropLast()) : String(path)
    }

    /// Scheme, host and port, as a browser would write an origin.
    var origin: String {
        let shownPort = port == scheme.defaultPort ? "" : ":\(port)"
        return "\(scheme.rawValue)://\(host)\(shownPort)"
    }

    var text: String { origin + path }

    /// The same place with something appended to its path; `nil` behind a query.
    func appending(_ suffix: String) -> ServiceURL? {
        path.contains("?") && !suffix.isEmpty ? nil : ServiceURL(text + suffix)
    }

    /// The host and the port of `host`, `host:port`, `[address]` or `[address]:port`.
    static func split(_ authority: String) -> (host: String, port: Int?)? {
        let host: Substring
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[...end]
            guard host.dropFirst().dropLast().allSatisfy(\.isIPv6Character) else { return nil }
        } else {
            host = authority.prefix { $0 != ":" }
            guard isHostName(host) else { return nil }
        }
        let rest = authority.dropFirst(host.count)
        guard !rest.isEmpty else { return (String(host), nil) }
        guard rest.first == ":", rest.dropFirst().allSatisfy({ ("0"..."9").contains($0) }),
            let port = Int(rest.dropFirst()), (1...65_535).contains(port)
        else { return nil }
        return (String(host), port)
    }

    /// Letters, digits and inner hyphens in labels of 1 to 63, RFC 1123.
    static func isHostName(_ host: some StringProtocol) -> Bool {
        host.utf8.count <= 253
            && host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy {
                        $0 == UInt8(ascii: "-") || $0.isLowercaseAlphanumeric
                    }
            }
    }
}

extension UInt8 {
    fileprivate var isURLByte: Bool {
        (0x21...0x7E).contains(self) && !#""<>\^`{|}#"#.utf8.contains(self)
    }

    fileprivate var isLowercaseAlphanumeric: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}

extension Character {
    fileprivate var isIPv6Character: Bool {
        ("0"..."9").contains(self) || ("a"..."f").contains(self) || self == ":" || self == "."
    }
}
