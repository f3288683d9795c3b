/// The parameters of a statement, all in one buffer and all in binary format.
struct ParameterList: Sendable {
    private(set) var types: [UInt32] = []
    private var writer = PostgresWriter()
    private var offsets: [Int] = []
    private var lengths: [Int32] = []
    private static let binary: Int32 = 1
    private static let null: Int32 = -1

    var count: Int { types.count }
    var byteCount: Int { writer.bytes.count }
    /// Why one of the values could not be written.
    var failure: String? { writer.failure }

    mutating func append<Value: PostgresEncodable>(_ value: Value) {
        // A first byte that no value owns gives an empty value an address, which is how libpq
        // tells it from NULL.
        if types.isEmpty { writer.write(UInt8(0)) }
        offsets.append(writer.bytes.count)
        types.append(Value.postgresType.rawValue)
        lengths.append(writer.writeValue(value).map { Int32(truncatingIfNeeded: $0) } ?? Self.null)
    }

    /// The parameters in the shape of `PQsendQueryParams`; the pointers die with the closure.
    func withPointers<Result>(
        _ body: (
            _ values: UnsafePointer<UnsafePointer<CChar>?>, _ lengths: UnsafePointer<Int32>,
            _ formats: UnsafePointer<Int32>
        ) -> Result
    ) -> Result {
        unsafe writer.bytes.withUnsafeBytes { bytes in
            let base = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = unsafe zip(offsets, lengths).map { offset, length in
                unsafe length == Self.null ? nil : base.map { unsafe UnsafePointer($0 + offset) }
            }
            let formats = Array(repeating: Self.binary, count: count)
            return unsafe body(values, lengths, formats)
        }
    }
}
