/// A value that can be a parameter of a statement.
///
/// A wrapper forwards to what it wraps; a `RawRepresentable` one need only declare the conformance.
public protocol PostgresEncodable: Sendable {
    /// The parameter's type, as declared to the server: what differs from the column needs a cast in SQL.
    static var postgresType: PostgresType { get }

    /// Writes the value in the server's binary format.
    func encode(into writer: inout PostgresWriter)
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    /// The raw value's type.
    public static var postgresType: PostgresType { RawValue.postgresType }

    /// Writes the raw value.
    public func encode(into writer: inout PostgresWriter) {
        rawValue.encode(into: &writer)
    }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// The wrapped value's type, so that the server knows what kind of NULL it gets.
    public static var postgresType: PostgresType { Wrapped.postgresType }

    /// Writes the wrapped value, or NULL.
    public func encode(into writer: inout PostgresWriter) {
        switch self {
        case .some(let value): value.encode(into: &writer)
        case .none: writer.writeNull()
        }
    }
}
