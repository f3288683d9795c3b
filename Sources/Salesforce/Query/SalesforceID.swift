/// The id of a record in its one normal form: 18 characters, safe in any letter case.
///
/// The 15-character form tells records apart by letter case alone; the 3 characters behind it say
/// which letters of each group of five are capitals.
struct SalesforceID: Hashable, Sendable {
    let text: String

    /// `nil` when it is not 15 or 18 letters and digits.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 15 || bytes.count == 18, bytes.allSatisfy(\.isAlphanumeric) else {
            return nil
        }
        self.text = bytes.count == 18 ? text : text + Self.suffix(for: bytes)
    }

    private static func suffix(for bytes: [UInt8]) -> String {
        let suffix = stride(from: 0, to: 15, by: 5).map { start in
            var mask = 0
            for position in 0..<5 where bytes[start + position].isCapital {
                mask |= 1 << position
            }
            return alphabet[mask]
        }
        return String(decoding: suffix, as: UTF8.self)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345".utf8)
}

extension UInt8 {
    fileprivate var isCapital: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }

    fileprivate var isAlphanumeric: Bool {
        isCapital || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self)
    }
}
