internal import CPostgreSQL

/// The keywords and values a connection is made with, taken apart and checked by libpq.
struct ConnectionParameters: Sendable, CustomReflectable {
    private(set) var values: [(keyword: String, value: String)] = []

    init(url: String) throws(PostgresError) {
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") else {
            throw Self.refusal("the URL does not begin with postgresql://")
        }
        values = try Self.parse(url)
        let hint = "; is there an unescaped '/', '?', '#' or '@' in the password?"
        if let port = self["port"], !port.split(separator: ",").allSatisfy({ UInt16($0) != nil }) {
            throw Self.refusal("the port is not a number from 0 to 65535" + hint)
        }
        if let name = self["dbname"], name.contains("@") {
            throw Self.refusal("the database name has an '@' in it" + hint)
        }
    }

    /// Nothing: one of the values is a password.
    var customMirror: Mirror { Mirror(self, children: []) }

    subscript(keyword: String) -> String? {
        values.first { $0.keyword == keyword }?.value
    }

    /// Sets what the URL leaves open.
    mutating func setDefault(_ keyword: String, _ value: String) {
        if self[keyword] == nil { values.append((keyword, value)) }
    }

    /// Adds a setting for the session to those the URL has.
    mutating func addOption(_ option: String) {
        let options = self["options"].map { "\($0) " } ?? ""
        values.removeAll { $0.keyword == "options" }
        values.append(("options", options + option))
    }

    private static func parse(_ url: String) throws(PostgresError) -> [(String, String)] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(url, &message) else {
            defer { unsafe PQfreemem(message) }
            let words = unsafe message.map { unsafe String(cString: $0) } ?? "out of memory"
            throw refusal(withoutQuotation(words, url: url))
        }
        defer { unsafe PQconninfoFree(options) }
        var values: [(String, String)] = []
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                values.append((unsafe String(cString: keyword), unsafe String(cString: value)))
            }
            unsafe option += 1
        }
        return values
    }

    /// libpq quotes what it stumbled over, which may be a part of the password.
    private static func withoutQuotation(_ words: String, url: String) -> String {
        let words = words.split(whereSeparator: \.isNewline).joined(separator: " ")
        let query = url.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        let isParameterName = words.hasPrefix("invalid URI query parameter")
        if isParameterName, !query.contains("@") { return words }
        guard let first = words.firstIndex(of: "\""), let last = words.lastIndex(of: "\"") else {
            return words
        }
        return words[..<first] + "(withheld)" + words[words.index(after: last)...]
    }

    private static func refusal(_ reason: String) -> PostgresError {
        PostgresError(code: .configuration, reason: "database URL: \(reason)")
    }
}
