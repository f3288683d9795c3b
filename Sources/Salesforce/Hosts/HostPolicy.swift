/// Decides where a secret or a token may be sent.
struct HostPolicy: Sendable {
    let patterns: [HostPattern]

    /// The URL in its one form, or `nil` when it is malformed or its host is not allowed.
    func admit(_ text: String) -> ServiceURL? {
        guard let url = ServiceURL(text), isAllowed(url) else { return nil }
        return url
    }

    /// The URL of a bare `host` or `host:port`: `http` on loopback, which alone admits it.
    func admit(host: String) -> ServiceURL? {
        guard ServiceURL.split(host.lowercased()) != nil else { return nil }
        return admit("http://\(host)") ?? admit("https://\(host)")
    }

    /// What the provider names as the rest of an answer: only ever at the very same origin.
    func resolve(_ next: String, at instance: ServiceURL) -> ServiceURL? {
        let isRelative = next.hasPrefix("/") && !next.hasPrefix("//")
        guard let url = admit(isRelative ? instance.origin + next : next),
            url.origin == instance.origin, url.path.hasPrefix("/services/data/")
        else { return nil }
        return url
    }

    private func isAllowed(_ url: ServiceURL) -> Bool {
        patterns.contains { $0.matches(url) }
    }
}
