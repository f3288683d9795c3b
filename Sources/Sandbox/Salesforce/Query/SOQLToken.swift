/// One word of a query, with where it stands.
struct SOQLToken: Sendable {
    /// What kind of word it is.
    enum Kind: Sendable, Equatable {
        /// A keyword, a name or a dotted path.
        case word
        /// A quoted string, unescaped.
        case string
        case number
        case date
        case dateTime
        /// A comma, a parenthesis or a comparison operator.
        case symbol
        case end
    }

    let kind: Kind
    let text: String
    /// The index of its first byte in the query.
    let position: Int

    /// Whether it is that keyword or symbol, in any case.
    func isWord(_ word: String) -> Bool {
        (kind == .word || kind == .symbol) && text.uppercased() == word
    }
}
