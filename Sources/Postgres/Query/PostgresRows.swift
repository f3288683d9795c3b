/// What a statement returned.
public struct PostgresRows: Sendable {
    private let result: ResultHandle

    init(_ result: ResultHandle) {
        self.result = result
    }

    /// How many rows were inserted, updated, deleted or selected; 0 for other statements.
    public var affectedRows: Int { result.affectedRows }

    /// The server's name of what was done, such as `INSERT 0 1`.
    var commandTag: String { result.commandTag }
}

extension PostgresRows: RandomAccessCollection {
    /// Always 0.
    public var startIndex: Int { 0 }

    /// The number of rows.
    public var endIndex: Int { result.rowCount }

    /// A row, which shares the result's memory.
    public subscript(position: Int) -> PostgresRow {
        precondition(indices.contains(position), "row \(position) of \(endIndex)")
        return PostgresRow(result, row: position)
    }
}
