import Postgres

/// One walk after the other over everything encrypted, until nothing is left under another key than
/// the current one.
struct KeyRotation {
    /// Rows read, re-encrypted and written at once.
    private static let pageSize: Int64 = 500
    /// A row is changed meanwhile a few times at most, unless it is for ever put under another key.
    private static let maximumRounds = 10

    private let pool: PostgresPool
    private let cipher: TokenCipher
    /// What has been re-encrypted so far; a row without a secret only changes its key's name and does
    /// not count.
    private(set) var done = EncryptedRows()

    init(pool: PostgresPool, cipher: TokenCipher) {
        self.pool = pool
        self.cipher = cipher
    }

    mutating func run(progress: (EncryptedRows) -> Void) async throws {
        for round in 1...Self.maximumRounds {
            var found = 0
            // Every round looks at every table: ciphertexts move from one to another.
            for table in KeyTable.all {
                // What was locked or changed in the first round is taken one by one, and waited for.
                let limit = round == 1 ? Self.pageSize : 1
                found += try await walk(table, limit: limit, progress: progress)
            }
            guard found > 0 else { return }
        }
        throw StoreError(
            .conflict,
            "something still encrypts with another key than \(cipher.currentKeyID); restart every "
                + "worker with \(cipher.currentKeyID) first, then rotate again"
        )
    }

    /// Goes through a table once.
    ///
    /// - Returns: how many rows were under another key.
    private mutating func walk(
        _ table: KeyTable,
        limit: Int64,
        progress: (EncryptedRows) -> Void
    ) async throws -> Int {
        var (found, last) = (0, SealedRow?.none)
        while true {
            try Task.checkCancellation()
            let page = table.page(after: last, notUnder: cipher.currentKeyID, limit: limit)
            let rows = try await pool.query(page).map(SealedRow.init)
            guard !rows.isEmpty else { return found }
            let written = try await pool.query(
                table.store(
                    try rows.map { try resealed($0, table) },
                    under: cipher.currentKeyID,
                    waiting: limit == 1
                )
            )
            for row in written where try row.decode("holds_secret", as: Bool.self) {
                done[keyPath: table.count] += 1
            }
            found += rows.count
            last = rows.last
            progress(done)
        }
    }

    private func resealed(_ row: SealedRow, _ table: KeyTable) throws -> ResealedRow {
        do {
            return try row.resealed(cipher, table)
        } catch let error as StoreError where error.code == .missingKey {
            throw StoreError.missing(row.keyID, table)
        } catch let error as StoreError where error.code == .undecryptable {
            throw StoreError(
                .undecryptable,
                "\(table.name): the row \(row.companyID)/\(row.id) does not decrypt with the key "
                    + "\(row.keyID); restore it from a backup, or delete it"
            )
        }
    }
}
