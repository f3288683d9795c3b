/// A JSON value that keeps the order of its members, for answers that are not record pages.
enum JSONValue: Sendable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case null
    case flag(Bool)
    case integer(Int)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([(String, JSONValue)])
    /// A document that is already JSON.
    case raw([UInt8])

    init(stringLiteral value: String) { self = .string(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(integerLiteral value: Int) { self = .integer(value) }
    init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements) }

    /// A string, or null for nil.
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    /// The document as UTF-8.
    var bytes: [UInt8] {
        var text = JSONText()
        write(into: &text)
        return text.bytes
    }

    private func write(into text: inout JSONText) {
        switch self {
        case .null: text.raw("null")
        case .flag(let value): value ? text.raw("true") : text.raw("false")
        case .integer(let value): text.number(value)
        case .double(let value): text.raw(Array(String(value).utf8))
        case .string(let value): text.string(value)
        case .raw(let bytes): text.raw(bytes)
        case .array(let values):
            text.raw("[")
            for (index, value) in values.enumerated() {
                if index > 0 { text.raw(",") }
                value.write(into: &text)
            }
            text.raw("]")
        case .object(let members):
            text.raw("{")
            for (index, member) in members.enumerated() {
                if index > 0 { text.raw(",") }
                text.string(member.0)
                text.raw(":")
                member.1.write(into: &text)
            }
            text.raw("}")
        }
    }
}
