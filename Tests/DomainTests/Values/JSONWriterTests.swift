import Domain
import FoundationEssentials
import Testing

@Suite(.timeLimit(.minutes(1)))
struct JSONWriterTests {
    private struct Document: Decodable, Equatable {
        var text: String
        var nothing: String?
        var number: Int64
        var truth: Bool
        var inner: [String: String]
    }

    @Test func everythingWrittenIsReadBackTheSame() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let expected = Document(
                text: Self.text(&random),
                nothing: nil,
                number: Int64.random(in: .min ... .max, using: &random),
                truth: .random(using: &random),
                inner: [Self.text(&random): Self.text(&random), "b": "", "a": "\u{0}"]
            )
            let bytes = JSONWriter.object { json in
                json.field("text", expected.text)
                json.field("nothing", expected.nothing)
                json.field("number", expected.number)
                json.field("truth", expected.truth)
                json.field("inner", expected.inner)
            }
            #expect(try JSONDecoder().decode(Document.self, from: Data(bytes)) == expected)
        }
    }

    @Test(arguments: 0..<0x20 as Range<UInt32>)
    func everyControlCharacterIsEscaped(code: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(code))
        let bytes = JSONWriter.object { $0.field("a", "x\(Character(scalar))y") }
        #expect(bytes.allSatisfy { $0 >= 0x20 })
        let read = try JSONDecoder().decode([String: String].self, from: Data(bytes))
        #expect(read == ["a": "x\(Character(scalar))y"])
    }

    @Test func fieldsKeepTheirOrderAndCommasFallBetween() {
        let bytes = JSONWriter.object { json in
            json.field("b", 1)
            json.field("object", object: 2) { $0.field("c", $1) }
            json.field("empty", object: 2) { _, _ in }
            json.field("none", object: Int?.none) { $0.field("c", $1) }
            json.field("words", ["z": "1", "a": "2"])
            json.field("a", false)
        }
        let expected =
            #"{"b":1,"object":{"c":2},"empty":{},"none":null,"words":{"a":"2","z":"1"},"a":false}"#
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }

    /// Up to 40 characters from where escaping goes wrong, and from anywhere.
    private static func text(_ random: inout SystemRandomNumberGenerator) -> String {
        let edges = "\"\\/\n\r\t\u{0}\u{1F}\u{20}\u{7F}\u{80}\u{2028}\u{FFFF}🚀é".unicodeScalars
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            let any = Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &random))
            let isEdge = Bool.random(using: &random)
            if let scalar = isEdge ? edges.randomElement(using: &random) : any {
                text.append(scalar)
            }
        }
        return String(text)
    }
}
