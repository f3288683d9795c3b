import Domain
import Testing

@Suite(.timeLimit(.minutes(1)))
struct PKCETests {
    /// RFC 7636, appendix B.
    @Test func theVectorOfTheRFCHolds() {
        let verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
        #expect(PKCE.challenge(for: verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test func secretsAreLongUnreservedAndNeverTheSame() {
        var random = SystemRandomNumberGenerator()
        var seen: Set<String> = []
        for _ in 0..<1000 {
            let secret = PKCE.makeSecret(using: &random).reveal()
            #expect(secret.utf8.count == 43)
            let isUnreserved = secret.allSatisfy { character in
                character.isASCII
                    && (character.isLetter || character.isNumber || "-_".contains(character))
            }
            #expect(isUnreserved)
            seen.insert(secret)
        }
        #expect(seen.count == 1000)
    }

    @Test func aFingerprintRecognizesAStateAndDoesNotContainIt() {
        let state = Secret("state-1")
        #expect(PKCE.fingerprint(of: state) == PKCE.fingerprint(of: Secret("state-1")))
        #expect(PKCE.fingerprint(of: state) != PKCE.fingerprint(of: Secret("state-2")))
        #expect(PKCE.fingerprint(of: state).count == 32)
    }
}
