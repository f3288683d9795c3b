/// A row of a result.
public struct PostgresRow: Sendable {
    private let result: ResultHandle
    private let row: Int

    init(_ result: ResultHandle, row: Int) {
        self.result = result
        self.row = row
    }

    /// How many columns the row has.
    public var count: Int { result.columnCount }

    /// Reads a column by its position, from 0.
    ///
    /// - Parameters:
    ///   - column: the position.
    ///   - type: what to read it as.
    /// - Returns: the column's value.
    /// - Throws: an error of code ``PostgresError/Code/decoding`` with the column's name, what was
    ///   expected and what was found, never the value.
    public func decode<Value: PostgresDecodable>(_ column: Int, as type: Value.Type = Value.self)
        throws(PostgresError) -> Value
    {
        guard column >= 0, column < count else {
            throw PostgresError(
                code: .decoding,
                reason: "there is no column \(column), the row has \(count)",
                query: result.sql
            )
        }
        do {
            return try Value.decode(result.value(row: row, column: column))
        } catch {
            throw PostgresError(
                code: .decoding,
                reason: "column \"\(result.name(of: column))\": \(error.reason)",
                query: result.sql
            )
        }
    }

    /// Reads a column by its name; on a page of many rows the position is faster.
    ///
    /// - Parameters:
    ///   - column: the name.
    ///   - type: what to read it as.
    /// - Returns: the column's value.
    /// - Throws: an error of code ``PostgresError/Code/decoding``.
    public func decode<Value: PostgresDecodable>(_ column: String, as type: Value.Type = Value.self)
        throws(PostgresError) -> Value
    {
        guard let index = result.index(of: column) else {
            throw PostgresError(
                code: .decoding,
                reason: "there is no column \"\(column)\"",
                query: result.sql
            )
        }
        return try decode(index, as: type)
    }
}
