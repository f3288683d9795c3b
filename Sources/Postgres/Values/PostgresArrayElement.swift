/// A value that an array parameter or column can consist of.
///
/// Scalars get everything but ``postgresArrayType`` by default, raw representable ones that too.
/// `UInt8` is the exception: an array of it is a `bytea`, not an array to the server.
public protocol PostgresArrayElement: Sendable {
    /// The type of an array of this.
    static var postgresArrayType: PostgresType { get }

    /// Writes an array.
    static func encodeArray(_ elements: [Self], into writer: inout PostgresWriter)

    /// Writes an array with NULLs.
    static func encodeArray(_ elements: [Self?], into writer: inout PostgresWriter)

    /// Reads an array.
    static func decodeArray(_ value: PostgresValue) throws(PostgresError) -> [Self]
}

/// A value that can be both a parameter and a column.
public typealias PostgresCodable = PostgresEncodable & PostgresDecodable

extension PostgresArrayElement where Self: RawRepresentable, RawValue: PostgresArrayElement {
    /// The type of an array of raw values.
    public static var postgresArrayType: PostgresType { RawValue.postgresArrayType }
}

extension PostgresArrayElement where Self: PostgresCodable {
    /// Writes the elements one after the other.
    public static func encodeArray(_ elements: [Self], into writer: inout PostgresWriter) {
        writer.writeArrayHeader(count: elements.count, hasNulls: false, type: postgresType)
        for element in elements { writer.writeElement(element) }
    }

    /// Writes the elements one after the other.
    public static func encodeArray(_ elements: [Self?], into writer: inout PostgresWriter) {
        writer.writeArrayHeader(count: elements.count, hasNulls: true, type: postgresType)
        for element in elements {
            if let element { writer.writeElement(element) } else { writer.write(Int32(-1)) }
        }
    }

    /// Reads an array of at most one dimension.
    public static func decodeArray(_ value: PostgresValue) throws(PostgresError) -> [Self] {
        var reader = try ArrayReader(value, expected: [Self].self)
        var elements: [Self] = []
        elements.reserveCapacity(reader.remaining)
        while reader.remaining > 0 { elements.append(try Self.decode(try reader.next())) }
        return elements
    }
}

extension PostgresWriter {
    /// One dimension from 1; no dimension at all if empty, which is how the server writes `{}`.
    fileprivate mutating func writeArrayHeader(count: Int, hasNulls: Bool, type: PostgresType) {
        reserve(20 + count * 12)
        write(Int32(count == 0 ? 0 : 1))
        write(Int32(hasNulls ? 1 : 0))
        write(type.rawValue)
        guard count > 0 else { return }
        write(Int32(truncatingIfNeeded: count))
        write(Int32(1))
    }
}

extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement & PostgresCodable {
    /// The type of an array of wrapped values: every array may hold NULLs.
    public static var postgresArrayType: PostgresType { Wrapped.postgresArrayType }

    /// Writes the array, nil as NULL.
    public static func encodeArray(_ elements: [Wrapped?], into writer: inout PostgresWriter) {
        Wrapped.encodeArray(elements, into: &writer)
    }
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    /// The element's array type.
    public static var postgresType: PostgresType { Element.postgresArrayType }

    /// Writes the array.
    public func encode(into writer: inout PostgresWriter) {
        Element.encodeArray(self, into: &writer)
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    /// Reads the array.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> [Element] {
        try Element.decodeArray(try value.required([Element].self))
    }
}

extension Array: PostgresArrayElement where Element == UInt8 {
    /// `bytea[]`.
    public static var postgresArrayType: PostgresType { .byteaArray }
}

extension UInt8: PostgresArrayElement {
    /// `bytea`: an array of bytes is a byte string.
    public static var postgresArrayType: PostgresType { .bytea }

    /// Writes the bytes.
    public static func encodeArray(_ elements: [UInt8], into writer: inout PostgresWriter) {
        writer.write(elements)
    }

    /// Refuses the array: a byte string has no NULLs in it.
    public static func encodeArray(_ elements: [UInt8?], into writer: inout PostgresWriter) {
        writer.refuse("a byte string with a NULL in it")
    }

    /// Reads a `bytea`.
    public static func decodeArray(_ value: PostgresValue) throws(PostgresError) -> [UInt8] {
        guard value.type == .bytea else { throw value.mismatch(expected: [UInt8].self) }
        return value.bytes
    }
}
