import Postgres

/// A row's ciphertexts as they were read.
struct SealedRow: Sendable {
    let companyID: String
    let id: String
    let keyID: String
    /// What the ciphertexts are bound to, before the secret's own name.
    let name: String
    /// Empty where there is none.
    let first: [UInt8]
    let second: [UInt8]?

    init(_ row: PostgresRow) throws {
        companyID = try row.decode("company_id", as: String.self)
        id = try row.decode("row_id", as: String.self)
        keyID = try row.decode("key_id", as: String.self)
        name = try row.decode("row_name", as: String.self)
        first = try row.decode("first", as: [UInt8].self)
        second = try row.decode("second", as: [UInt8]?.self)
    }

    /// The same secrets under the current key; throws where one does not decrypt.
    func resealed(_ cipher: TokenCipher, _ table: KeyTable) throws -> ResealedRow {
        try ResealedRow(
            row: self,
            first: first.isEmpty
                ? [] : cipher.reseal(first, keyID: keyID, for: "\(name)/\(table.first.name)"),
            second: second.flatMap { second in
                try table.second.map {
                    try cipher.reseal(second, keyID: keyID, for: "\(name)/\($0.name)")
                }
            }
        )
    }
}

/// A row that was read, and its ciphertexts under the current key.
struct ResealedRow: Sendable {
    let row: SealedRow
    let first: [UInt8]
    let second: [UInt8]?
}
