/// A parsed query.
struct SOQLStatement: Sendable {
    /// The selected fields in order; empty for `COUNT()`.
    var fields: [FieldPath] = []
    var isCount = false
    var entity = ""
    /// Where the object's name stands.
    var entityPosition = 0
    var condition: SOQLCondition?
    var order: [SOQLOrder] = []
    var limit: Int?
    var offset: Int?
}

/// A field, perhaps of a parent: `Who.Name`.
struct FieldPath: Sendable {
    let text: String
    /// Where it stands in the query.
    let position: Int

    /// Its names in lower case.
    var segments: [String] { text.lowercased().split(separator: ".").map(String.init) }
    /// Whether it is this field of the queried object itself, given in lower case.
    func isField(_ name: String) -> Bool { text.lowercased() == name }
}

/// A filter.
indirect enum SOQLCondition: Sendable {
    case and([SOQLCondition])
    case or([SOQLCondition])
    case not(SOQLCondition)
    case comparison(FieldPath, SOQLOperator, SOQLLiteral)
    case membership(FieldPath, [SOQLLiteral], isNegated: Bool)
}

/// A comparison.
enum SOQLOperator: String, Sendable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case like = "LIKE"
}

/// A value in a filter.
enum SOQLLiteral: Sendable {
    case string(String)
    case number(Double)
    case date(CalendarDate)
    case dateTime(Moment)
    case flag(Bool)
    case null
}

/// One term of ORDER BY.
struct SOQLOrder: Sendable {
    let path: FieldPath
    var isDescending = false
    var nullsLast = false
}
