import Crypto
import FoundationEssentials

/// Proof Key for Code Exchange, RFC 7636, method S256, and the `state` beside it.
public enum PKCE {
    /// 256 random bits as BASE64URL: 43 characters, for a verifier or a state.
    public static func makeSecret(using random: inout some RandomNumberGenerator) -> Secret {
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        return Secret(base64URL(bytes))
    }

    /// BASE64URL(SHA256(verifier)).
    public static func challenge(for verifier: Secret) -> String {
        base64URL(SHA256.hash(data: Array(verifier.reveal().utf8)))
    }

    /// What is stored of a state: it can be recognized, not read back.
    public static func fingerprint(of state: Secret) -> [UInt8] {
        Array(SHA256.hash(data: Array(state.reveal().utf8)))
    }

    private static func base64URL(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
