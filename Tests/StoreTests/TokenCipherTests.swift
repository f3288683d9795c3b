import Domain
import FoundationEssentials
import Testing

@testable import Store

@Suite
struct TokenCipherTests {
    private static let key = Data(repeating: 7, count: 32).base64EncodedString()
    private static let other = Data(repeating: 8, count: 32).base64EncodedString()

    @Test func sealedSecretOpensForItsOwnRowOnly() throws {
        let cipher = try TokenCipher(keys: "k1:\(Self.key)")
        let sealed = try cipher.seal(Secret("token"), for: "row 1")
        #expect(try cipher.open(sealed, keyID: "k1", for: "row 1") == Secret("token"))
        #expect(throws: StoreError.self) { try cipher.open(sealed, keyID: "k1", for: "row 2") }
    }

    @Test func oldKeysStillOpenWhatTheySealed() throws {
        let old = try TokenCipher(keys: "k1:\(Self.key)")
        let new = try TokenCipher(keys: "k2:\(Self.other),k1:\(Self.key)")
        let sealed = try old.seal(Secret("token"), for: "row")
        #expect(new.currentKeyID == "k2")
        #expect(try new.open(sealed, keyID: "k1", for: "row") == Secret("token"))
    }

    @Test(arguments: ["", "k1", "k1:", ":\(key)", "k1:AAAA", "k1:\(key),k1:\(other)"])
    func malformedKeysAreRefusedWithoutShowingThem(keys: String) {
        let error = #expect(throws: StoreError.self) { try TokenCipher(keys: keys) }
        #expect(error?.description.contains(Self.key) == false)
    }
}
