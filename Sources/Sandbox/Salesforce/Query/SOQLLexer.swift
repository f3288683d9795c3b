/// Splits a query into words.
struct SOQLLexer {
    private let bytes: [UInt8]
    private var index = 0

    private init(_ query: String) { bytes = Array(query.utf8) }

    /// The words of a query, with an end mark.
    static func tokens(of query: String) throws(DataError) -> [SOQLToken] {
        var lexer = SOQLLexer(query)
        var tokens: [SOQLToken] = []
        while let token = try lexer.next() { tokens.append(token) }
        tokens.append(SOQLToken(kind: .end, text: "<EOF>", position: lexer.bytes.count))
        return tokens
    }

    private mutating func next() throws(DataError) -> SOQLToken? {
        while index < bytes.count, [9, 10, 13, 32].contains(bytes[index]) { index += 1 }
        guard index < bytes.count else { return nil }
        let start = index
        switch bytes[index] {
        case 39:
            return try string(from: start)
        case 40, 41, 44, 61:
            index += 1
        case 33, 60, 62:
            index += 1
            if index < bytes.count, bytes[index] == 61 || (bytes[start] == 60 && bytes[index] == 62)
            {
                index += 1
            }
        case 48...57, 43, 45:
            return literal(from: start)
        case let byte where Self.isNameByte(byte):
            while index < bytes.count, Self.isNameByte(bytes[index]) { index += 1 }
            return token(.word, from: start)
        default:
            throw .malformed("line 1:\(start) no viable alternative at character '\(character)'")
        }
        return token(.symbol, from: start)
    }

    private var character: String { String(decoding: bytes[index...index], as: UTF8.self) }

    private func token(_ kind: SOQLToken.Kind, from start: Int) -> SOQLToken {
        SOQLToken(
            kind: kind,
            text: String(decoding: bytes[start..<index], as: UTF8.self),
            position: start
        )
    }

    private mutating func literal(from start: Int) -> SOQLToken {
        while index < bytes.count, Self.isLiteralByte(bytes[index]) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if CalendarDate(text) != nil { return token(.date, from: start) }
        if Moment(text) != nil { return token(.dateTime, from: start) }
        return token(Double(text) == nil ? .word : .number, from: start)
    }

    private mutating func string(from start: Int) throws(DataError) -> SOQLToken {
        var value: [UInt8] = []
        index += 1
        while index < bytes.count, bytes[index] != 39 {
            if bytes[index] == 92 {
                guard index + 1 < bytes.count, let byte = Self.unescaped(bytes[index + 1]) else {
                    throw .malformed("line 1:\(index) illegal escape in string literal")
                }
                value.append(byte)
                index += 2
            } else {
                value.append(bytes[index])
                index += 1
            }
        }
        guard index < bytes.count else {
            throw .malformed("line 1:\(start) mismatched character '<EOF>' expecting '''")
        }
        index += 1
        return SOQLToken(
            kind: .string,
            text: String(decoding: value, as: UTF8.self),
            position: start
        )
    }

    private static func unescaped(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 39, 34, 92, 95, 37: byte
        case 110, 78: 10
        case 114, 82: 13
        case 116, 84: 9
        case 98, 66: 8
        case 102, 70: 12
        default: nil
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 95, 46: true
        default: false
        }
    }

    private static func isLiteralByte(_ byte: UInt8) -> Bool {
        isNameByte(byte) || byte == 45 || byte == 43 || byte == 58
    }
}
