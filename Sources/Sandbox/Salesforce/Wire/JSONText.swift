/// A JSON document under construction, as UTF-8.
struct JSONText: Sendable {
    /// What has been written so far.
    var bytes: [UInt8] = []

    /// Appends text that is already JSON.
    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Appends text that is already JSON.
    mutating func raw(_ text: [UInt8]) { bytes.append(contentsOf: text) }

    /// Appends a quoted, escaped string.
    mutating func string(_ text: String) {
        bytes.append(34)
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            for index in 0..<utf8.count where utf8[index] < 32 || Self.mustEscape(utf8[index]) {
                bytes.append(contentsOf: utf8[start..<index])
                escape(utf8[index])
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start..<utf8.count])
        }
        bytes.append(34)
    }

    /// Appends a whole number.
    mutating func number(_ value: Int) { bytes.append(contentsOf: String(value).utf8) }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(92)
        switch byte {
        case 34, 92: bytes.append(byte)
        case 10: bytes.append(110)
        case 13: bytes.append(114)
        case 9: bytes.append(116)
        default:
            let hex = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: [117, 48, 48, hex[Int(byte >> 4)], hex[Int(byte & 15)]])
        }
    }

    private static func mustEscape(_ byte: UInt8) -> Bool { byte == 34 || byte == 92 }
}
