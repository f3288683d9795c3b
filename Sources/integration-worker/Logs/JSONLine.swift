import Logging

/// Puts together one JSON object on one line, field by field.
struct JSONLine {
    private var body = ""

    /// The object, with its line break.
    var text: String { "{\(body)}\n" }

    mutating func field(_ name: String, _ value: String) {
        add(name, Self.quoted(value))
    }

    mutating func field(_ name: String, _ value: Logger.Metadata.Value) {
        add(name, Self.json(value))
    }

    private mutating func add(_ name: String, _ json: String) {
        if !body.isEmpty { body += "," }
        body += "\(Self.quoted(name)):\(json)"
    }

    private static func json(_ value: Logger.Metadata.Value) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .stringConvertible(let value as any FixedWidthInteger & Sendable): "\(value)"
        case .stringConvertible(let value as Bool): "\(value)"
        case .stringConvertible(let value): quoted(value.description)
        case .array(let values): "[\(values.map(json).joined(separator: ","))]"
        case .dictionary(let members):
            "{"
                + members.sorted { $0.key < $1.key }
                .map { "\(quoted($0.key)):\(json($0.value))" }
                .joined(separator: ",") + "}"
        }
    }

    /// A JSON string, RFC 8259: quotes, backslashes and control characters escaped.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _
            where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                || (0x2028...0x2029).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
