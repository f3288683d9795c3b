import Domain
import FoundationEssentials
import Postgres

/// Tokens as a row keeps them: each encrypted under the name of its row and column.
struct SealedTokens {
    let keyID: String
    let access: [UInt8]
    let refresh: [UInt8]?

    /// Encrypts under a row's name, which a ciphertext stays bound to wherever it is moved.
    init(_ tokens: Tokens, for row: String, _ cipher: TokenCipher) throws {
        keyID = cipher.currentKeyID
        access = try cipher.seal(tokens.access, for: "\(row)/access")
        refresh = try tokens.refresh.map { try cipher.seal($0, for: "\(row)/refresh") }
    }

    /// Reads the columns `key_id`, `access_token`, `refresh_token`, `instance_url`, `identity_url`.
    static func open(
        _ columns: PostgresRow,
        for row: String,
        _ cipher: TokenCipher
    ) throws -> Tokens {
        let keyID = try columns.decode("key_id", as: String.self)
        let access = try columns.decode("access_token", as: [UInt8].self)
        let refresh = try columns.decode("refresh_token", as: [UInt8]?.self)
        return Tokens(
            access: access.isEmpty
                ? Secret("") : try cipher.open(access, keyID: keyID, for: "\(row)/access"),
            refresh: try refresh.map { try cipher.open($0, keyID: keyID, for: "\(row)/refresh") },
            instanceURL: try columns.decode("instance_url", as: String.self),
            identityURL: try columns.decode("identity_url", as: String.self)
        )
    }
}
