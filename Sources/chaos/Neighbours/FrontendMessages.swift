/// What a PostgreSQL client sends, message by message, told apart by whether it commits.
///
/// Follows the manual's "Message Formats": a client's first packet has no type byte, and neither has
/// the one after a refused request for TLS. A statement that was prepared is known by its name, a
/// portal by the statement it was bound to.
struct FrontendMessages: Sendable {
    /// One whole message, as it goes over the wire.
    struct Message: Hashable, Sendable {
        var bytes: [UInt8]
        /// Whether the server commits when it reads this.
        var commits = false
    }

    private static let startupVersion: UInt32 = 196_608

    private var buffer: [UInt8] = []
    private var hasStarted = false
    private var commitStatements: Set<String> = []
    private var commitPortals: Set<String> = []

    /// Takes what arrived, and returns the messages that are complete with it.
    mutating func read(_ bytes: some Sequence<UInt8>) -> [Message] {
        buffer += bytes
        var messages: [Message] = []
        var start = 0
        while let end = endOfMessage(from: start) {
            messages.append(message(Array(buffer[start..<end])))
            start = end
        }
        buffer.removeFirst(start)
        return messages
    }

    private func endOfMessage(from start: Int) -> Int? {
        let head = hasStarted ? 1 : 0
        guard buffer.count >= start + head + 4 else { return nil }
        let length = Int(Self.word(buffer, at: start + head))
        let end = start + head + max(4, length)
        return buffer.count >= end ? end : nil
    }

    private mutating func message(_ bytes: [UInt8]) -> Message {
        guard hasStarted else {
            hasStarted = bytes.count >= 8 && Self.word(bytes, at: 4) == Self.startupVersion
            return Message(bytes: bytes)
        }
        return Message(bytes: bytes, commits: commits(bytes))
    }

    private mutating func commits(_ bytes: [UInt8]) -> Bool {
        var strings = bytes.dropFirst(5)
        switch bytes[0] {
        case UInt8(ascii: "Q"): return Self.isCommit(Self.string(&strings))
        case UInt8(ascii: "P"):
            let name = Self.string(&strings)
            Self.mark(name, in: &commitStatements, Self.isCommit(Self.string(&strings)))
        case UInt8(ascii: "B"):
            let portal = Self.string(&strings)
            let isCommit = commitStatements.contains(Self.string(&strings))
            Self.mark(portal, in: &commitPortals, isCommit)
        case UInt8(ascii: "E"): return commitPortals.contains(Self.string(&strings))
        case UInt8(ascii: "C") where strings.popFirst() == UInt8(ascii: "S"):
            commitStatements.remove(Self.string(&strings))
        default: break
        }
        return false
    }

    private static func mark(_ name: String, in names: inout Set<String>, _ isMember: Bool) {
        if isMember { names.insert(name) } else { names.remove(name) }
    }

    private static func isCommit(_ sql: String) -> Bool {
        let word = sql.drop(while: \.isWhitespace).prefix(while: \.isLetter).uppercased()
        return word == "COMMIT" || word == "END"
    }

    /// Takes a string up to the zero byte that ends it.
    private static func string(_ bytes: inout ArraySlice<UInt8>) -> String {
        let text = bytes.prefix { $0 != 0 }
        bytes = bytes.dropFirst(text.count + 1)
        return String(decoding: text, as: UTF8.self)
    }

    private static func word(_ bytes: [UInt8], at index: Int) -> UInt32 {
        bytes[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
