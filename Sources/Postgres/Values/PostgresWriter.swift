/// The buffer parameters are written to, in the server's binary format (network byte order).
public struct PostgresWriter: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Why a value could not be written; the statement is then refused before it is sent.
    private(set) var failure: String?
    private var isNull = false

    init() {}

    /// Writes an integer in network byte order.
    public mutating func write<Integer: FixedWidthInteger>(_ value: Integer) {
        var shift = Integer.bitWidth
        while shift > 0 {
            shift -= 8
            bytes.append(UInt8(truncatingIfNeeded: value >> Integer(shift)))
        }
    }

    /// Writes text as UTF-8.
    public mutating func write(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Writes bytes as they are.
    public mutating func write(_ raw: [UInt8]) {
        bytes.append(contentsOf: raw)
    }

    /// Makes the value NULL; nothing else may be written for it.
    public mutating func writeNull() {
        isNull = true
    }

    /// Refuses the value: the statement fails with ``PostgresError/Code/encoding`` before it is sent.
    ///
    /// - Parameter reason: a sentence that does not quote the value.
    public mutating func refuse(_ reason: String) {
        failure = failure ?? reason
    }

    mutating func reserve(_ count: Int) {
        bytes.reserveCapacity(bytes.count + count)
    }

    /// Writes one value and tells its length; nil for NULL.
    mutating func writeValue(_ value: some PostgresEncodable) -> Int? {
        let start = bytes.count
        value.encode(into: &self)
        guard isNull else { return bytes.count - start }
        isNull = false
        bytes.removeLast(bytes.count - start)
        return nil
    }

    /// Writes an array's element with its length before it, as the array format wants it.
    @inline(__always)
    mutating func writeElement(_ value: some PostgresEncodable) {
        let start = bytes.count
        bytes.append(contentsOf: [0, 0, 0, 0] as [UInt8])
        value.encode(into: &self)
        guard isNull else {
            return patch(Int32(truncatingIfNeeded: bytes.count - start - 4), at: start)
        }
        isNull = false
        bytes.removeLast(bytes.count - start - 4)
        patch(-1, at: start)
    }

    private mutating func patch(_ value: Int32, at index: Int) {
        let bits = UInt32(bitPattern: value)
        bytes[index] = UInt8(truncatingIfNeeded: bits >> 24)
        bytes[index + 1] = UInt8(truncatingIfNeeded: bits >> 16)
        bytes[index + 2] = UInt8(truncatingIfNeeded: bits >> 8)
        bytes[index + 3] = UInt8(truncatingIfNeeded: bits)
    }
}
