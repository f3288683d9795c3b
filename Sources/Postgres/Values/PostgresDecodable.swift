/// A value that can be read from a column.
///
/// A wrapper forwards to what it wraps; a `RawRepresentable` one need only declare the conformance.
public protocol PostgresDecodable: Sendable {
    /// Reads a value.
    ///
    /// - Parameter value: what the column holds; nil for NULL.
    /// - Returns: the value read.
    /// - Throws: an error of code ``PostgresError/Code/decoding`` that quotes types, never contents;
    ///   the row adds the column's name.
    static func decode(_ value: PostgresValue?) throws(PostgresError) -> Self
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    /// Reads the raw value and refuses one that stands for nothing.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> Self {
        guard let decoded = Self(rawValue: try RawValue.decode(value)) else {
            throw .decoding("expected \(Self.self), found a value that is none")
        }
        return decoded
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// Reads the wrapped value; NULL is nil.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> Self {
        guard let value else { return nil }
        return try Wrapped.decode(value)
    }
}
