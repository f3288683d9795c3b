import Postgres

/// A table whose rows hold secrets, each row under the key that its `key_id` names.
///
/// Its words are this program's own, so that they may stand in a statement as they are.
struct KeyTable: Sendable {
    /// Its name.
    let name: String
    /// What its rows are called to people.
    let rows: String
    /// Where they are counted.
    let count: any WritableKeyPath<EncryptedRows, Int> & Sendable
    /// The primary key's second column, after `company_id`, and its type; values travel as text.
    let id: (column: String, type: String)
    /// The columns with a ciphertext, and what follows a row's name to bind them: the first is empty
    /// where there is none, the second NULL.
    let first: (column: String, name: String)
    let second: (column: String, name: String)?
    /// The row's name as it was encrypted for.
    let rowName: String
    /// Whether a row needs its key.
    let holdsSecret: String

    static let all = [
        KeyTable(
            name: "provider_grant",
            rows: "grants",
            count: \.grants,
            id: ("id", "uuid"),
            first: ("access_token", "access"),
            second: ("refresh_token", "refresh"),
            rowName: "'provider_grant/' || company_id || '/' || id",
            holdsSecret: "(access_token <> '' OR refresh_token IS NOT NULL)"
        ),
        KeyTable(
            name: "authorization_attempt",
            rows: "authorization attempts",
            count: \.attempts,
            id: ("state_hash", "bytea"),
            first: ("verifier", "verifier"),
            second: nil,
            rowName: "'authorization_attempt/' || company_id || '/' || id",
            // The state is that of the index on those that are open.
            holdsSecret: "(state IN ('pending', 'exchanging') AND verifier <> '')"
        ),
        KeyTable(
            name: "grant_revocation",
            rows: "revocations",
            count: \.revocations,
            id: ("id", "uuid"),
            first: ("access_token", "access"),
            second: ("refresh_token", "refresh"),
            rowName: "sealed_for",
            holdsSecret: "(access_token <> '' OR refresh_token IS NOT NULL)"
        ),
        KeyTable(
            name: "inbox",
            rows: "requests that wait",
            count: \.requests,
            id: ("(source || '/' || id)", "text"),
            first: ("record", "record"),
            second: nil,
            rowName: "'inbox/' || company_id || '/' || source || '/' || id",
            // As the index on those that are encrypted has it.
            holdsSecret: "(key_id IS NOT NULL)"
        ),
    ]

    /// Rows under another key, at most `limit` after a row, in the order of the primary key.
    func page(after last: SealedRow?, notUnder keyID: String, limit: Int64) -> PostgresQuery {
        """
        SELECT \(unescaped: columns) FROM \(unescaped: name)
        WHERE (company_id, \(unescaped: id.column))
                > (\(last?.companyID ?? ""), \(last?.id)::\(unescaped: id.type))
            AND key_id <> \(keyID)
        ORDER BY company_id, \(unescaped: id.column) LIMIT \(limit)
        """
    }

    /// Stores rows under the current key where they are still as they were read; what was written
    /// comes back.
    ///
    /// Rows that somebody else has locked are left out unless this one waits for them, which is safe
    /// for a single row alone: who waits for a row while holding others can wait in a circle.
    func store(
        _ resealed: [ResealedRow],
        under keyID: String,
        waiting: Bool
    ) -> PostgresQuery {
        let rows = resealed.map(\.row)
        return """
            WITH free AS (
                SELECT read.* FROM unnest(
                    \(rows.map(\.companyID)), \(rows.map(\.id)), \(rows.map(\.keyID)),
                    \(rows.map(\.first)), \(rows.map(\.second)), \(resealed.map(\.first)),
                    \(resealed.map(\.second))
                ) AS read (company, row_id, read_key, first, second, new_first, new_second)
                JOIN \(unescaped: name)
                    ON company_id = company AND \(unescaped: id.column) = row_id::\(unescaped: id.type)
                FOR NO KEY UPDATE OF \(unescaped: name) \(unescaped: waiting ? "" : "SKIP LOCKED")
            )
            UPDATE \(unescaped: name) SET key_id = \(keyID), \(unescaped: assignments) FROM free
            WHERE company_id = company AND \(unescaped: id.column) = row_id::\(unescaped: id.type)
                AND key_id = read_key AND \(unescaped: first.column) = first
                AND \(unescaped: secondColumn) IS NOT DISTINCT FROM second
            RETURNING \(unescaped: holdsSecret) AS holds_secret
            """
    }

    /// A few rows of each key that is needed.
    ///
    /// Asked at every start, so it hops from key to key in the index instead of reading the table;
    /// the range of one key instead of `=` keeps the planner from reading it for a rare key.
    func samples(limit: Int64) -> PostgresQuery {
        """
        WITH RECURSIVE used (key) AS (
            (SELECT key_id FROM \(unescaped: name) WHERE \(unescaped: holdsSecret)
            ORDER BY key_id LIMIT 1)
            UNION ALL
            SELECT (
                SELECT key_id FROM \(unescaped: name)
                WHERE key_id > used.key AND \(unescaped: holdsSecret) ORDER BY key_id LIMIT 1
            ) FROM used WHERE used.key IS NOT NULL
        )
        SELECT sample.* FROM used CROSS JOIN LATERAL (
            SELECT \(unescaped: columns) FROM \(unescaped: name)
            WHERE key_id >= used.key AND key_id <= used.key AND \(unescaped: holdsSecret)
            ORDER BY key_id LIMIT \(limit)
        ) AS sample
        """
    }

    /// How many rows each key is needed for; reads the whole table.
    var counts: PostgresQuery {
        """
        SELECT key_id, count(*) AS rows FROM \(unescaped: name) WHERE \(unescaped: holdsSecret)
        GROUP BY key_id
        """
    }

    private var columns: String {
        "company_id, \(id.column)::text AS row_id, key_id, \(rowName) AS row_name, "
            + "\(first.column) AS first, \(secondColumn) AS second"
    }

    private var secondColumn: String { second?.column ?? "NULL::bytea" }

    private var assignments: String {
        "\(first.column) = new_first" + (second.map { ", \($0.column) = new_second" } ?? "")
    }
}
