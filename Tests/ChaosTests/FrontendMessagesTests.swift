import Testing

@testable import chaos

struct FrontendMessagesTests {
    @Test func preparedCommitIsKnownByItsNames() {
        var messages = started()
        let sent =
            parse("s1", "BEGIN") + parse("s2", "COMMIT") + bind("", "s1") + execute("")
            + bind("", "s2") + execute("") + sync
        #expect(
            messages.read(sent).map(\.commits) == [false, false, false, false, false, true, false]
        )
    }

    @Test func unnamedStatementIsWhatItWasParsedAsLast() {
        var messages = started()
        let sent =
            parse("", "COMMIT") + bind("", "") + execute("")
            + parse("", "SELECT 1") + bind("", "") + execute("")
        #expect(messages.read(sent).map(\.commits) == [false, false, true, false, false, false])
    }

    @Test(arguments: [
        ("COMMIT", true), (" commit;", true), ("END", true), ("\nCOMMIT WORK", true),
        ("COMMITMENT", false), ("SELECT 'COMMIT'", false), ("ROLLBACK", false), ("", false),
    ])
    func simpleQueryCommitsByItsFirstWord(sql: String, commits: Bool) {
        var messages = started()
        #expect(messages.read(message("Q", string(sql))).map(\.commits) == [commits])
    }

    @Test func closedStatementIsForgotten() {
        var messages = started()
        let sent =
            parse("s1", "COMMIT") + message("C", Array("S".utf8) + string("s1")) + bind("", "s1")
            + execute("")
        #expect(messages.read(sent).allSatisfy { !$0.commits })
    }

    @Test func messagesComeOutWholeHoweverTheyArrive() {
        var messages = FrontendMessages()
        let sent =
            tlsRequest + startup + parse("s", "COMMIT") + bind("p", "s") + execute("p") + sync
        var read: [FrontendMessages.Message] = []
        for byte in sent { read += messages.read([byte]) }
        #expect(read.flatMap(\.bytes) == sent)
        #expect(read.map(\.commits) == [false, false, false, false, true, false])
    }

    private let tlsRequest: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]
    private let startup: [UInt8] = [0, 0, 0, 9, 0, 3, 0, 0, 0]
    private var sync: [UInt8] { message("S", []) }

    private func started() -> FrontendMessages {
        var messages = FrontendMessages()
        _ = messages.read(startup)
        return messages
    }

    private func parse(_ name: String, _ sql: String) -> [UInt8] {
        message("P", string(name) + string(sql) + [0, 0])
    }

    private func bind(_ portal: String, _ statement: String) -> [UInt8] {
        message("B", string(portal) + string(statement) + [0, 0, 0, 0, 0, 0])
    }

    private func execute(_ portal: String) -> [UInt8] {
        message("E", string(portal) + [0, 0, 0, 0])
    }

    private func string(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    private func message(_ type: Character, _ body: [UInt8]) -> [UInt8] {
        let length = UInt32(body.count + 4)
        return Array(String(type).utf8)
            + (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) }
            + body
    }
}
