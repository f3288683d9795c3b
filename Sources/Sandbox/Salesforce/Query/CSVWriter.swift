/// Bulk answers: every part begins with a header row, every value is quoted, null is empty.
extension PreparedQuery {
    /// The rows as CSV.
    func csv(_ rows: ArraySlice<Row>, _ context: RowContext) -> [UInt8] {
        var bytes: [UInt8] = []
        line(statement.fields.map(\.text), into: &bytes)
        for row in rows {
            line(columns.map { $0.value(of: row, in: context).csvText }, into: &bytes)
        }
        return bytes
    }

    private func line(_ values: [String], into bytes: inout [UInt8]) {
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(44) }
            bytes.append(34)
            for byte in value.utf8 {
                if byte == 34 { bytes.append(34) }
                bytes.append(byte)
            }
            bytes.append(34)
        }
        bytes.append(10)
    }
}

extension FieldValue {
    /// The value as Bulk API shows it: moments end in `.000Z`.
    fileprivate var csvText: String {
        switch self {
        case .null: return ""
        case .text(let value): return value
        case .flag(let value): return value ? "true" : "false"
        case .number(let value): return String(value)
        case .id(let value): return value.text
        case .moment(let value): return value.text.dropLast(5) + "Z"
        case .date(let value):
            var bytes: [UInt8] = []
            value.write(into: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
