/// The fields of a query string or of an `application/x-www-form-urlencoded` body.
///
/// Decodes exactly once: `+` is a space, `%xx` a byte. The last of several equal names wins.
struct FormFields: Sendable {
    private var values: [String: String] = [:]

    /// Reads `a=1&b=2`.
    init(_ text: some StringProtocol) {
        for pair in text.utf8.split(separator: 38) {
            let equals = pair.firstIndex(of: 61) ?? pair.endIndex
            let value = equals == pair.endIndex ? pair[equals...] : pair[equals...].dropFirst()
            values[Self.decoded(pair[..<equals])] = Self.decoded(value)
        }
    }

    /// The decoded value of a field, nil when it is absent.
    subscript(name: String) -> String? { values[name] }

    /// The decoded value of a field, nil when it is absent or empty.
    func text(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Encodes text for a query value: everything but unreserved characters becomes `%xx`.
    static func encoded(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes.append(contentsOf: [37, hex[Int(byte >> 4)], hex[Int(byte & 15)]])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Decodes `%xx` and `+`.
    static func decoded(_ text: some Collection<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            if byte == 43 {
                bytes.append(32)
            } else if byte == 37, let high = iterator.next(), let low = iterator.next() {
                guard let upper = nibble(high), let lower = nibble(low) else {
                    bytes.append(contentsOf: [37, high, low])
                    continue
                }
                bytes.append(upper << 4 | lower)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 46, 95, 126: true
        default: false
        }
    }
}
