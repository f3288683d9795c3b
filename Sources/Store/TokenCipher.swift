import Crypto
import Domain
import FoundationEssentials

/// Encrypts secrets at rest with AES-256-GCM; the row's identity is additional data, so that a
/// ciphertext moved to another row does not decrypt.
public struct TokenCipher: Sendable {
    /// The keys, the current one first.
    private let keys: [(id: String, key: SymmetricKey)]

    /// Reads `id:base64[,id:base64…]`; each key has 32 bytes, the first is current.
    public init(keys text: String) throws(StoreError) {
        var keys: [(id: String, key: SymmetricKey)] = []
        for (index, entry) in text.split(separator: ",", omittingEmptySubsequences: false)
            .enumerated()
        {
            let parts = entry.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw StoreError(.invalidKeys, "entry \(index + 1) is not of the form id:base64")
            }
            guard let bytes = Data(base64Encoded: parts[1]), bytes.count == 32 else {
                throw StoreError(
                    .invalidKeys,
                    "the key \(parts[0]) is not base64 of 32 bytes; make one with: openssl rand -base64 32"
                )
            }
            guard !keys.contains(where: { $0.id == parts[0] }) else {
                throw StoreError(.invalidKeys, "the key id \(parts[0]) stands there twice")
            }
            keys.append((parts[0], SymmetricKey(data: bytes)))
        }
        self.keys = keys
    }

    /// The id of the key that encrypts.
    public var currentKeyID: String { keys[0].id }

    /// The ids of all keys, the current one first.
    public var keyIDs: [String] { keys.map(\.id) }

    func hasKey(_ id: String) -> Bool { keys.contains { $0.id == id } }

    /// Nonce, ciphertext and tag.
    func seal(_ secret: Secret, for row: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(
            Array(secret.reveal().utf8),
            using: keys[0].key,
            authenticating: Array(row.utf8)
        )
        return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    }

    /// The same secret under the current key.
    func reseal(_ bytes: [UInt8], keyID: String, for row: String) throws -> [UInt8] {
        try seal(try open(bytes, keyID: keyID, for: row), for: row)
    }

    func open(_ bytes: [UInt8], keyID: String, for row: String) throws(StoreError) -> Secret {
        guard let key = keys.first(where: { $0.id == keyID })?.key else {
            throw StoreError(
                .missingKey,
                "a secret was encrypted with the key \(keyID), which TOKEN_ENCRYPTION_KEYS does not have"
            )
        }
        do {
            let box = try AES.GCM.SealedBox(combined: bytes)
            let text = try AES.GCM.open(box, using: key, authenticating: Array(row.utf8))
            return Secret(String(decoding: text, as: UTF8.self))
        } catch {
            throw StoreError(
                .undecryptable,
                "a secret does not decrypt with the key \(keyID); is it the key of another system?"
            )
        }
    }
}
