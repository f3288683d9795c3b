import Testing

@testable import chaos

struct SplitMixTests {
    @Test func seedDecidesEverything() {
        var (one, same, other) = (SplitMix(seed: 1), SplitMix(seed: 1), SplitMix(seed: 2))
        let numbers = (0..<8).map { _ in one.next() }
        #expect(numbers == (0..<8).map { _ in same.next() })
        #expect(numbers != (0..<8).map { _ in other.next() })
    }

    /// The generator's published first outputs for the seed 1234567.
    @Test func numbersAreThePublishedOnes() {
        var random = SplitMix(seed: 1_234_567)
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
    }

    @Test(
        arguments: [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c)] as [(String, UInt64)]
    )
    func hashIsFNV1a(text: String, hash: UInt64) {
        #expect(FNV.hash(text) == hash)
    }

    @Test func purposesChooseApart() {
        var (one, other) = (SplitMix(seed: 1, for: "a"), SplitMix(seed: 1, for: "b"))
        #expect(one.next() != other.next())
    }
}
