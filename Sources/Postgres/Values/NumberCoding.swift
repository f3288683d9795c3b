extension Bool: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// `boolean`.
    public static var postgresType: PostgresType { .bool }
    /// `boolean[]`.
    public static var postgresArrayType: PostgresType { .boolArray }

    /// Writes one byte, 1 or 0.
    public func encode(into writer: inout PostgresWriter) {
        writer.write(UInt8(self ? 1 : 0))
    }

    /// Reads a `boolean`.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> Bool {
        let value = try value.required(Bool.self)
        guard value.type == .bool, let byte = value.integer(as: UInt8.self) else {
            throw value.mismatch(expected: Bool.self)
        }
        return byte != 0
    }
}

extension FixedWidthInteger where Self: Sendable {
    /// Reads any of the server's integer types, and refuses a number that does not fit.
    fileprivate static func decodeInteger(_ value: PostgresValue?) throws(PostgresError) -> Self {
        let value = try value.required(Self.self)
        let wide: Int64? =
            switch value.type {
            case .int8: value.integer(as: Int64.self)
            case .int4: value.integer(as: Int32.self).map(Int64.init)
            case .int2: value.integer(as: Int16.self).map(Int64.init)
            case .oid: value.integer(as: UInt32.self).map(Int64.init)
            default: nil
            }
        guard let wide else { throw value.mismatch(expected: Self.self) }
        guard let exact = Self(exactly: wide) else {
            throw .decoding("expected \(Self.self), found \(value.type) out of its range")
        }
        return exact
    }
}

extension Int16: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// `smallint`.
    public static var postgresType: PostgresType { .int2 }
    /// `smallint[]`.
    public static var postgresArrayType: PostgresType { .int2Array }

    /// Writes two bytes.
    public func encode(into writer: inout PostgresWriter) { writer.write(self) }

    /// Reads any integer type whose number fits.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> Int16 {
        try decodeInteger(value)
    }
}

extension Int32: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// `integer`.
    public static var postgresType: PostgresType { .int4 }
    /// `integer[]`.
    public static var postgresArrayType: PostgresType { .int4Array }

    /// Writes four bytes.
    public func encode(into writer: inout PostgresWriter) { writer.write(self) }

    /// Reads any integer type whose number fits.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> Int32 {
        try decodeInteger(value)
    }
}

extension Int64: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// `bigint`.
    public static var postgresType: PostgresType { .int8 }
    /// `bigint[]`.
    public static var postgresArrayType: PostgresType { .int8Array }

    /// Writes eight bytes.
    public func encode(into writer: inout PostgresWriter) { writer.write(self) }

    /// Reads any integer type.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> Int64 {
        try decodeInteger(value)
    }
}

extension Int: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// `bigint`.
    public static var postgresType: PostgresType { .int8 }
    /// `bigint[]`.
    public static var postgresArrayType: PostgresType { .int8Array }

    /// Writes eight bytes.
    public func encode(into writer: inout PostgresWriter) { writer.write(Int64(self)) }

    /// Reads any integer type.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> Int {
        try decodeInteger(value)
    }
}

extension Double: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// `double precision`.
    public static var postgresType: PostgresType { .float8 }
    /// `double precision[]`.
    public static var postgresArrayType: PostgresType { .float8Array }

    /// Writes eight bytes; NaN and the infinities are values like any other to the server.
    public func encode(into writer: inout PostgresWriter) { writer.write(bitPattern) }

    /// Reads `double precision` or `real`.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> Double {
        let value = try value.required(Double.self)
        if value.type == .float8, let bits = value.integer(as: UInt64.self) {
            return Double(bitPattern: bits)
        }
        guard value.type == .float4, let bits = value.integer(as: UInt32.self) else {
            throw value.mismatch(expected: Double.self)
        }
        return Double(Float(bitPattern: bits))
    }
}
