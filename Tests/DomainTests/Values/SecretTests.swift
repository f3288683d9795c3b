import Domain
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SecretTests {
    private static let value = "s3cr3t-value"

    @Test func noWayOfShowingItShowsIt() {
        let secret = Secret(Self.value)
        let tokens = Tokens(
            access: secret,
            refresh: secret,
            instanceURL: "https://a.example",
            identityURL: "https://b.example"
        )
        var dumped = ""
        dump(secret, to: &dumped)
        dump(tokens, to: &dumped)
        dump([tokens], to: &dumped)
        let shown = [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])",
            "\(Optional(secret) as Any)", "\(tokens)", String(reflecting: tokens), dumped,
        ]
        #expect(shown.allSatisfy { !$0.contains(Self.value) })
        #expect(Mirror(reflecting: secret).children.isEmpty)
        #expect(secret.reveal() == Self.value)
    }

    @Test func equalValuesAreEqualSecrets() {
        #expect(Secret("a") == Secret("a"))
        #expect(Secret("a") != Secret("b"))
    }
}
