/// A Salesforce record id: 15 case-sensitive characters, shown with their 3 checksum characters.
///
/// Order follows the 15 characters as ASCII, which is the order in which ids are handed out.
struct RecordID: Hashable, Comparable, Sendable {
    /// The first 8 characters, big-endian.
    private let high: UInt64
    /// The last 7 characters, big-endian, shifted left by one byte.
    private let low: UInt64

    private static let digits = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8
    )
    private static let checksumDigits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345".utf8)

    /// An id of the given 3-character prefix, 3-character pod and number.
    init(prefix: String, pod: Int, number: Int) {
        var bytes = Array(prefix.utf8.prefix(3))
        bytes.append(contentsOf: Self.base62(pod, width: 3))
        bytes.append(contentsOf: Self.base62(number, width: 9))
        self.init(fifteen: bytes)
    }

    /// Reads a 15- or 18-character id; nil when it is neither, or its checksum is wrong.
    init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 15 || bytes.count == 18 else { return nil }
        guard bytes.allSatisfy(Self.isDigit) else { return nil }
        self.init(fifteen: Array(bytes.prefix(15)))
        if bytes.count == 18, Array(self.text.utf8.suffix(3)) != bytes.suffix(3).map(Self.upper) {
            return nil
        }
    }

    private init(fifteen bytes: [UInt8]) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in bytes.prefix(8) { high = high << 8 | UInt64(byte) }
        for byte in bytes.suffix(7) { low = low << 8 | UInt64(byte) }
        self.high = high
        self.low = low << 8
    }

    /// The 3-character key prefix, such as `00T`.
    var prefix: String {
        String(
            decoding: [UInt8(high >> 56), UInt8(high >> 48 & 255), UInt8(high >> 40 & 255)],
            as: UTF8.self
        )
    }

    /// The number that all ids of one organization share.
    var pod: Int {
        (3...5).reduce(0) { $0 * 62 + (Self.digits.firstIndex(of: byte($1)) ?? 0) }
    }

    /// The 18 characters.
    var text: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(18)
        write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the 18 characters.
    func write(into output: inout [UInt8]) {
        var bits = 0
        var mask = 0
        var checksum: (UInt8, UInt8, UInt8) = (0, 0, 0)
        for index in 0..<15 {
            let byte = self.byte(index)
            output.append(byte)
            if byte >= 65, byte <= 90 { mask |= 1 << bits }
            bits += 1
            if bits == 5 {
                checksum = (checksum.1, checksum.2, Self.checksumDigits[mask])
                bits = 0
                mask = 0
            }
        }
        output.append(checksum.0)
        output.append(checksum.1)
        output.append(checksum.2)
    }

    static func < (left: Self, right: Self) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    private func byte(_ index: Int) -> UInt8 {
        index < 8
            ? UInt8(truncatingIfNeeded: high >> UInt64(56 - index * 8))
            : UInt8(truncatingIfNeeded: low >> UInt64(56 - (index - 8) * 8))
    }

    private static func base62(_ value: Int, width: Int) -> [UInt8] {
        var rest = value
        var bytes: [UInt8] = []
        for _ in 0..<width {
            bytes.append(digits[rest % 62])
            rest /= 62
        }
        return bytes.reversed()
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func upper(_ byte: UInt8) -> UInt8 {
        (97...122).contains(byte) ? byte - 32 : byte
    }
}
