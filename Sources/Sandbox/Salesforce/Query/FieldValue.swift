/// The value of one field of one row.
enum FieldValue: Sendable {
    case null
    case text(String)
    case flag(Bool)
    case number(Int)
    case date(CalendarDate)
    case moment(Moment)
    case id(RecordID)

    /// A text, or null.
    static func optional(_ text: String?) -> FieldValue { text.map { .text($0) } ?? .null }
    /// An id, or null.
    static func optional(_ id: RecordID?) -> FieldValue { id.map { .id($0) } ?? .null }
    /// A moment, or null.
    static func optional(_ moment: Moment?) -> FieldValue { moment.map { .moment($0) } ?? .null }

    /// Whether there is no value.
    var isNull: Bool { if case .null = self { true } else { false } }

    /// Appends it as JSON.
    func write(into text: inout JSONText) {
        switch self {
        case .null: text.raw("null")
        case .text(let value): text.string(value)
        case .flag(let value): value ? text.raw("true") : text.raw("false")
        case .number(let value): text.number(value)
        case .date(let value):
            text.raw("\"")
            value.write(into: &text.bytes)
            text.raw("\"")
        case .moment(let value):
            text.raw("\"")
            value.write(into: &text.bytes)
            text.raw("\"")
        case .id(let value):
            text.raw("\"")
            value.write(into: &text.bytes)
            text.raw("\"")
        }
    }

    /// Whether this sorts before another of the same kind; nil when neither does.
    ///
    /// Null is first.
    func precedes(_ other: FieldValue) -> Bool? {
        switch (self, other) {
        case (.null, .null): nil
        case (.null, _): true
        case (_, .null): false
        case (.text(let left), .text(let right)):
            Self.order(left.lowercased(), right.lowercased())
        case (.flag(let left), .flag(let right)): left == right ? nil : !left
        case (.number(let left), .number(let right)): Self.order(left, right)
        case (.date(let left), .date(let right)): Self.order(left, right)
        case (.moment(let left), .moment(let right)): Self.order(left, right)
        case (.id(let left), .id(let right)): Self.order(left, right)
        default: nil
        }
    }

    private static func order<Value: Comparable>(_ left: Value, _ right: Value) -> Bool? {
        left == right ? nil : left < right
    }
}
