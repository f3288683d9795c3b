internal import CPostgreSQL
internal import Glibc

/// The one owner of a `PGresult`: reads it and, when the last row is let go, frees it.
@safe
final class ResultHandle: Sendable {
    // Safe because libpq never changes a result once it is handed out, and reads do not write.
    nonisolated(unsafe) private let result: OpaquePointer
    /// The statement's text, for errors.
    let sql: String
    let rowCount: Int
    let columnCount: Int

    init(taking result: OpaquePointer, sql: String) {
        unsafe self.result = unsafe result
        self.sql = sql
        rowCount = unsafe Int(PQntuples(result))
        columnCount = unsafe Int(PQnfields(result))
    }

    deinit {
        unsafe PQclear(result)
    }

    var status: ExecStatusType { unsafe PQresultStatus(result) }

    var affectedRows: Int { unsafe Int(String(cString: PQcmdTuples(result))) ?? 0 }

    var commandTag: String { unsafe String(cString: PQcmdStatus(result)) }

    func name(of column: Int) -> String {
        guard let name = unsafe PQfname(result, Int32(column)) else { return "?" }
        return unsafe String(cString: name)
    }

    func index(of name: String) -> Int? {
        (0..<columnCount).first { column in
            guard let candidate = unsafe PQfname(result, Int32(column)) else { return false }
            return unsafe name.withCString { unsafe strcmp($0, candidate) == 0 }
        }
    }

    /// The value of a cell; nil for NULL.
    func value(row: Int, column: Int) -> PostgresValue? {
        let (row, column) = (Int32(row), Int32(column))
        guard unsafe PQgetisnull(result, row, column) == 0,
            let address = unsafe PQgetvalue(result, row, column)
        else { return nil }
        return unsafe PostgresValue(
            type: PostgresType(rawValue: PQftype(result, column)),
            owner: self,
            storage: UnsafeRawBufferPointer(
                start: address,
                count: Int(PQgetlength(result, row, column))
            )
        )
    }

    /// The server's error, or nil if libpq itself made the result because the connection broke.
    func serverError() -> PostgresError? {
        guard let state = field(UInt8(ascii: "C")).map(SQLState.init) else { return nil }
        let words = field(UInt8(ascii: "M")) ?? "no message"
        // A data exception quotes the value that it could not take.
        let isQuoting = state.class == "22"
        var error = PostgresError(
            code: state.endsSession ? .connection : .server,
            reason: isQuoting ? "data exception, see `detail` for the server's words" : words,
            sqlState: state,
            query: sql.isEmpty ? nil : sql
        )
        if state == .featureNotSupported, words.contains("cached plan") { error.isRetriable = true }
        let detail = field(UInt8(ascii: "D"))
        error.detail =
            isQuoting ? [words, detail].compactMap(\.self).joined(separator: "\n") : detail
        error.hint = field(UInt8(ascii: "H"))
        error.constraint = field(UInt8(ascii: "n"))
        error.table = field(UInt8(ascii: "t"))
        return error
    }

    /// A field of an error, by the code letters of the wire protocol, which `PG_DIAG_` constants are.
    private func field(_ letter: UInt8) -> String? {
        guard let text = unsafe PQresultErrorField(result, Int32(letter)) else { return nil }
        return unsafe String(cString: text)
    }
}
