/// Walks over the binary form of an array of at most one dimension.
struct ArrayReader {
    private let value: PostgresValue
    private let expected: Any.Type
    private let elementType: PostgresType
    private var offset = 20
    private(set) var remaining = 0

    init(_ value: PostgresValue, expected: Any.Type) throws(PostgresError) {
        self.value = value
        self.expected = expected
        guard let dimensions = value.integer(at: 0, as: Int32.self),
            let element = value.integer(at: 8, as: UInt32.self), Self.isArray(value.type)
        else { throw value.mismatch(expected: expected) }
        elementType = PostgresType(rawValue: element)
        guard dimensions > 0 else { return }
        guard dimensions == 1, let count = value.integer(at: 12, as: Int32.self), count >= 0 else {
            throw .decoding("expected \(expected), found \(value.type) of several dimensions")
        }
        remaining = Int(count)
    }

    /// The next element; nil for NULL.
    mutating func next() throws(PostgresError) -> PostgresValue? {
        guard let length = value.integer(at: offset, as: Int32.self) else {
            throw value.mismatch(expected: expected)
        }
        offset += 4
        remaining -= 1
        guard length >= 0 else { return nil }
        guard let element = value.slice(offset, Int(length), type: elementType) else {
            throw value.mismatch(expected: expected)
        }
        offset += Int(length)
        return element
    }

    private static func isArray(_ type: PostgresType) -> Bool {
        switch type {
        case .boolArray, .byteaArray, .int2Array, .int4Array, .textArray, .int8Array,
            .float8Array, .timestamptzArray, .uuidArray, .jsonbArray:
            true
        default:
            // Arrays of json (199), name (1003), char (1014), varchar (1015), oid (1028), enumerations.
            [199, 1003, 1014, 1015, 1021, 1028].contains(type.rawValue)
                || type.rawValue >= PostgresType.firstOfUsers
        }
    }
}
