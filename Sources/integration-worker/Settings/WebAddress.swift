import FoundationEssentials

/// The forms of addresses that settings have.
enum WebAddress {
    /// An absolute URL: `https`, or `http`.
    static func isURL(_ text: String) -> Bool {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased() else {
            return false
        }
        return ["http", "https"].contains(scheme) && url.host()?.isEmpty == false
            && url.user() == nil && url.password() == nil
    }

    /// A URL of scheme, host and port alone.
    static func isOrigin(_ text: String) -> Bool {
        guard isURL(text), let url = URL(string: text) else { return false }
        return ["", "/"].contains(url.path()) && url.query() == nil && url.fragment() == nil
    }
}
