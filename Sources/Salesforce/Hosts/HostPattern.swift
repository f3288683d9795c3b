/// Hosts that may be given a secret or a token.
///
/// Forms: `login.salesforce.com` (that host, the scheme's own port), `*.my.salesforce.com` (one or
/// more labels before it), `host:8443` (that port only), and for loopback hosts also `localhost:*`
/// (any port). `http` is accepted for loopback hosts only.
public struct HostPattern: Hashable, Sendable, CustomStringConvertible {
    private let host: String
    private let isWildcard: Bool
    private let port: Port

    private enum Port: Hashable, Sendable {
        case standard, any
        case exactly(Int)
    }

    /// `nil` when the text is none of the forms.
    public init?(_ text: String) {
        var text = text.lowercased()
        isWildcard = text.hasPrefix("*.")
        if isWildcard { text.removeFirst(2) }
        let anyPort = text.hasSuffix(":*")
        if anyPort { text.removeLast(2) }
        guard let (host, port) = ServiceURL.split(text) else { return nil }
        self.host = host
        self.port = anyPort ? .any : port.map(Port.exactly) ?? .standard
        if anyPort, port != nil || !Self.isLoopback(host) { return nil }
        if isWildcard, !Self.canHaveSubdomains(host) { return nil }
    }

    /// The hosts of Salesforce's own cloud.
    public static let salesforce: [HostPattern] = [
        "login.salesforce.com", "test.salesforce.com", "*.my.salesforce.com",
    ].compactMap(HostPattern.init)

    /// The pattern as it is written.
    public var description: String {
        let suffix =
            switch port {
            case .standard: ""
            case .any: ":*"
            case .exactly(let port): ":\(port)"
            }
        return (isWildcard ? "*." : "") + host + suffix
    }

    func matches(_ url: ServiceURL) -> Bool {
        matchesHost(of: url) && matchesPort(of: url)
            && (url.scheme == .https || Self.isLoopback(host))
    }

    private func matchesHost(of url: ServiceURL) -> Bool {
        guard isWildcard else { return url.host == host }
        guard url.host.hasSuffix("." + host) else { return false }
        // A punycode label may look like another customer's host to whoever reads it.
        return !url.host.dropLast(host.count + 1).split(separator: ".")
            .contains { $0.hasPrefix("xn--") }
    }

    private func matchesPort(of url: ServiceURL) -> Bool {
        switch port {
        case .standard: url.port == url.scheme.defaultPort
        case .any: true
        case .exactly(let port): url.port == port
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        guard host != "localhost", host != "[::1]" else { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// A name of two labels at least, not an address.
    private static func canHaveSubdomains(_ host: String) -> Bool {
        let labels = host.split(separator: ".")
        guard labels.count >= 2, host.first != "[", let last = labels.last else { return false }
        return last.contains { !("0"..."9").contains($0) }
    }
}
