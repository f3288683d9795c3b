extension String: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// `text`.
    public static var postgresType: PostgresType { .text }
    /// `text[]`.
    public static var postgresArrayType: PostgresType { .textArray }

    /// Writes UTF-8; a NUL character, which the server's text cannot hold, is refused.
    public func encode(into writer: inout PostgresWriter) {
        if utf8.contains(0) {
            writer.refuse("text with a NUL character, which PostgreSQL cannot hold")
        }
        writer.write(self)
    }

    /// Reads the text types, `json`, `jsonb`, `void` (empty) and enumerations; others need a cast to text.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> String {
        let value = try value.required(String.self)
        switch value.type {
        case .text, .varchar, .bpchar, .name, .json, .void: return value.text
        case .jsonb: return try PostgresJSON.decode(value).text
        case let type where type.rawValue >= PostgresType.firstOfUsers: return value.text
        default: throw value.mismatch(expected: String.self)
        }
    }
}

/// JSON text, written as `jsonb` and read from `jsonb` or `json`.
public struct PostgresJSON: Hashable, Sendable {
    /// The text; what comes back from `jsonb` is the server's own spelling of it.
    public let text: String

    /// Wraps text that the server will check.
    public init(_ text: String) {
        self.text = text
    }
}

extension PostgresJSON: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// `jsonb`.
    public static var postgresType: PostgresType { .jsonb }
    /// `jsonb[]`.
    public static var postgresArrayType: PostgresType { .jsonbArray }

    /// Writes the format's version, 1, and the text.
    public func encode(into writer: inout PostgresWriter) {
        writer.write(UInt8(1))
        writer.write(text)
    }

    /// Reads `jsonb` or `json`.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> PostgresJSON {
        let value = try value.required(PostgresJSON.self)
        if value.type == .json { return PostgresJSON(value.text) }
        guard value.type == .jsonb, value.integer(as: UInt8.self) == 1,
            let text = value.slice(1, value.count - 1, type: .text)
        else { throw value.mismatch(expected: PostgresJSON.self) }
        return PostgresJSON(text.text)
    }
}
