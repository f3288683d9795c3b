/// Reads the part of SOQL that a task importer needs.
///
/// Like the original it refuses AND beside OR without parentheses.
struct SOQLParser {
    private let tokens: [SOQLToken]
    private var index = 0

    private init(_ tokens: [SOQLToken]) { self.tokens = tokens }

    /// The statement that a query says.
    static func statement(of query: String) throws(DataError) -> SOQLStatement {
        guard query.utf8.count <= 100_000 else { throw .malformed("SOQL statements too long") }
        var parser = SOQLParser(try SOQLLexer.tokens(of: query))
        return try parser.statement()
    }

    private var token: SOQLToken { tokens[index] }

    private mutating func statement() throws(DataError) -> SOQLStatement {
        var statement = SOQLStatement()
        try expect("SELECT")
        if token.isWord("COUNT"), tokens[index + 1].isWord("(") {
            index += 2
            try expect(")")
            statement.isCount = true
        } else {
            statement.fields = try fields()
        }
        try expect("FROM")
        let name = try word()
        (statement.entity, statement.entityPosition) = (name.text, name.position)
        if accept("WHERE") { statement.condition = try chain() }
        if accept("ORDER") {
            try expect("BY")
            statement.order = try orders()
        }
        if accept("LIMIT") { statement.limit = try count() }
        if accept("OFFSET") { statement.offset = try count() }
        guard token.kind == .end else { throw unexpected() }
        return statement
    }

    private mutating func fields() throws(DataError) -> [FieldPath] {
        var paths = [try path()]
        while accept(",") { paths.append(try path()) }
        return paths
    }

    private mutating func path() throws(DataError) -> FieldPath {
        let name = try word()
        return FieldPath(text: name.text, position: name.position)
    }

    /// Conditions joined by one and the same of AND and OR.
    private mutating func chain() throws(DataError) -> SOQLCondition {
        let first = try condition()
        let joint = token.text.uppercased()
        guard token.kind == .word, joint == "AND" || joint == "OR" else { return first }
        var conditions = [first]
        while accept(joint) { conditions.append(try condition()) }
        if token.isWord("AND") || token.isWord("OR") { throw unexpected() }
        return joint == "AND" ? .and(conditions) : .or(conditions)
    }

    private mutating func condition() throws(DataError) -> SOQLCondition {
        if accept("NOT") { return .not(try condition()) }
        if accept("(") {
            let inner = try chain()
            try expect(")")
            return inner
        }
        let path = try path()
        if accept("NOT") {
            try expect("IN")
            return .membership(path, try literals(), isNegated: true)
        }
        if accept("IN") { return .membership(path, try literals(), isNegated: false) }
        let text = token.text.uppercased() == "<>" ? "!=" : token.text.uppercased()
        guard let comparison = SOQLOperator(rawValue: text), token.kind != .string else {
            throw unexpected()
        }
        index += 1
        return .comparison(path, comparison, try literal())
    }

    private mutating func literals() throws(DataError) -> [SOQLLiteral] {
        try expect("(")
        var values = [try literal()]
        while accept(",") { values.append(try literal()) }
        try expect(")")
        return values
    }

    private mutating func literal() throws(DataError) -> SOQLLiteral {
        let text = token.text
        let value: SOQLLiteral? =
            switch token.kind {
            case .string: .string(text)
            case .number: Double(text).map { .number($0) }
            case .date: CalendarDate(text).map { .date($0) }
            case .dateTime: Moment(text).map { .dateTime($0) }
            case .word: Self.constant(text.uppercased())
            case .symbol, .end: nil
            }
        guard let value else { throw unexpected() }
        index += 1
        return value
    }

    private static func constant(_ word: String) -> SOQLLiteral? {
        switch word {
        case "TRUE": .flag(true)
        case "FALSE": .flag(false)
        case "NULL": .null
        default: nil
        }
    }

    private mutating func orders() throws(DataError) -> [SOQLOrder] {
        var orders: [SOQLOrder] = []
        repeat {
            var order = SOQLOrder(path: try path())
            if accept("DESC") { order.isDescending = true } else { _ = accept("ASC") }
            if accept("NULLS") {
                if accept("LAST") { order.nullsLast = true } else { try expect("FIRST") }
            }
            orders.append(order)
        } while accept(",")
        return orders
    }

    private mutating func count() throws(DataError) -> Int {
        guard token.kind == .number, let value = Int(token.text), value >= 0 else {
            throw unexpected()
        }
        index += 1
        return value
    }

    private mutating func word() throws(DataError) -> SOQLToken {
        guard token.kind == .word, !Self.reserved.contains(token.text.uppercased()) else {
            throw unexpected()
        }
        index += 1
        return tokens[index - 1]
    }

    private mutating func accept(_ word: String) -> Bool {
        guard token.isWord(word) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ word: String) throws(DataError) {
        guard accept(word) else { throw unexpected() }
    }

    private func unexpected() -> DataError {
        .malformed(
            token.kind == .end
                ? "unexpected token: '<EOF>'" : "unexpected token: '\(token.text)'"
        )
    }

    private static let reserved: Set<String> = [
        "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "ORDER", "LIMIT", "OFFSET",
        "NULL", "TRUE", "FALSE",
    ]
}
