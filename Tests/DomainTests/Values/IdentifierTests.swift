import Domain
import Testing

@Suite(.timeLimit(.minutes(1)))
struct IdentifierTests {
    @Test(arguments: ["a", "u-7", "Jürgen 🚀", " ", "a/b", String(repeating: "é", count: 128)])
    func anyStringWithoutControlCharactersIsAnIdentifier(text: String) {
        #expect(CompanyID(rawValue: text)?.rawValue == text)
        #expect(UserID(rawValue: text)?.description == text)
        #expect(ProviderID(rawValue: text)?.rawValue == text)
    }

    @Test(arguments: [
        "", "a\nb", "\u{0}", "a\u{7F}", "a\u{85}", "\u{1B}", String(repeating: "a", count: 129),
        // One character to the eye, 129 to a column.
        "e" + String(repeating: "\u{301}", count: 128),
    ])
    func whatIsEmptyTooLongOrHasControlCharactersIsNone(text: String) {
        #expect(CompanyID(rawValue: text) == nil)
        #expect(UserID(rawValue: text) == nil)
        #expect(ProviderID(rawValue: text) == nil)
    }

    @Test func identifiersAreOrderedAsTheirStrings() throws {
        let ids = try ["b", "a", "B"].map { try #require(UserID(rawValue: $0)) }
        #expect(ids.sorted().map(\.rawValue) == ["B", "a", "b"])
    }
}
