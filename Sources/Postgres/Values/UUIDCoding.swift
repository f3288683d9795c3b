public import FoundationEssentials

extension UUID: PostgresEncodable, PostgresDecodable, PostgresArrayElement {
    /// `uuid`.
    public static var postgresType: PostgresType { .uuid }
    /// `uuid[]`.
    public static var postgresArrayType: PostgresType { .uuidArray }

    /// Writes the sixteen bytes.
    public func encode(into writer: inout PostgresWriter) {
        let (high, low) = unsafe unsafeBitCast(uuid, to: (UInt64, UInt64).self)
        writer.write(UInt64(bigEndian: high))
        writer.write(UInt64(bigEndian: low))
    }

    /// Reads a `uuid`.
    public static func decode(_ value: PostgresValue?) throws(PostgresError) -> UUID {
        let value = try value.required(UUID.self)
        guard value.type == .uuid, let high = value.integer(at: 0, as: UInt64.self),
            let low = value.integer(at: 8, as: UInt64.self)
        else { throw value.mismatch(expected: UUID.self) }
        return unsafe UUID(
            uuid: unsafeBitCast((high.bigEndian, low.bigEndian), to: uuid_t.self)
        )
    }
}
