import Postgres

extension Store {
    /// How many of the rows of a key are tried before it is said not to be their key: one alone may
    /// be damaged.
    private static let samples: Int64 = 3

    /// Holds the configured keys against what is stored.
    ///
    /// Reads a few rows of each key, so that every start can ask.
    ///
    /// - Throws: a ``StoreError`` with `missingKey`, or `undecryptable` where a key is not the one that
    ///   was used; one line with the remedy.
    public func verifyKeys() async throws {
        for table in KeyTable.all {
            let rows = try await pool.query(table.samples(limit: Self.samples)).map(SealedRow.init)
            for (keyID, rows) in Dictionary(grouping: rows, by: \.keyID)
                .sorted(by: { $0.key < $1.key })
            {
                guard cipher.hasKey(keyID) else { throw StoreError.missing(keyID, table) }
                guard rows.contains(where: { opens($0, table) }) else {
                    throw StoreError(
                        .undecryptable,
                        "TOKEN_ENCRYPTION_KEYS: the key \(keyID) does not decrypt the \(table.rows) "
                            + "that were encrypted with it, it is another system's or was changed; "
                            + "put back the key they were encrypted with"
                    )
                }
            }
        }
    }

    /// What each key is needed for; counts every row.
    ///
    /// - Returns: the rows by key id; a key that nothing needs is not there.
    public func keysInUse() async throws -> [String: EncryptedRows] {
        var keys: [String: EncryptedRows] = [:]
        for table in KeyTable.all {
            for row in try await pool.query(table.counts) {
                let keyID = try row.decode("key_id", as: String.self)
                keys[keyID, default: EncryptedRows()][keyPath: table.count] =
                    try row.decode("rows", as: Int.self)
            }
        }
        return keys
    }

    /// Re-encrypts under the current key whatever is under another one, beside running workers.
    ///
    /// A row is written only where it is still as it was read, and read again where it is not. To
    /// begin again after a stop does no harm, nor does a second rotation at the same time.
    ///
    /// - Parameter progress: told what has been re-encrypted so far, after every page.
    /// - Returns: what was re-encrypted.
    /// - Throws: a ``StoreError`` with `missingKey` or `undecryptable`, before anything
    ///   is changed, or where a row is damaged; with `conflict` where something goes on encrypting with
    ///   another key.
    public func rotateKeys(
        progress: (EncryptedRows) -> Void = { _ in }
    ) async throws -> EncryptedRows {
        try await verifyKeys()
        var rotation = KeyRotation(pool: pool, cipher: cipher)
        try await rotation.run(progress: progress)
        return rotation.done
    }

    private func opens(_ row: SealedRow, _ table: KeyTable) -> Bool {
        (try? row.resealed(cipher, table)) != nil
    }
}

extension StoreError {
    /// Something is encrypted with a key that is not configured.
    static func missing(_ keyID: String, _ table: KeyTable) -> StoreError {
        StoreError(
            .missingKey,
            "TOKEN_ENCRYPTION_KEYS: \(table.rows) are encrypted with the key \(keyID), "
                + "which is missing; add it after the current one"
        )
    }
}
