/// A filter made ready to run.
typealias RowTest = @Sendable (Row, RowContext) -> Bool

/// Makes filters from conditions, checking fields and the kinds of values.
struct RowFilter: Sendable {
    let binder: FieldBinder

    /// The test that a condition means.
    func test(_ condition: SOQLCondition) throws(DataError) -> RowTest {
        switch condition {
        case .and(let parts):
            let tests = try tests(parts)
            return { row, context in tests.allSatisfy { $0(row, context) } }
        case .or(let parts):
            let tests = try tests(parts)
            return { row, context in tests.contains { $0(row, context) } }
        case .not(let part):
            let test = try test(part)
            return { row, context in !test(row, context) }
        case .comparison(let path, let comparison, let literal):
            let field = try filterable(path)
            if comparison == .like { return try like(path, field, literal) }
            let value = try value(literal, for: field, path)
            return Self.compare(field, comparison, value)
        case .membership(let path, let literals, let isNegated):
            let field = try filterable(path)
            var values: [FieldValue] = []
            for literal in literals { values.append(try value(literal, for: field, path)) }
            return Self.membership(field, values, isNegated: isNegated)
        }
    }

    private func tests(_ conditions: [SOQLCondition]) throws(DataError) -> [RowTest] {
        var tests: [RowTest] = []
        for condition in conditions { tests.append(try test(condition)) }
        return tests
    }

    private func filterable(_ path: FieldPath) throws(DataError) -> BoundField {
        let field = try binder.bind(path)
        guard field.field.isFilterable else {
            throw binder.invalid(
                path,
                "field '\(path.text)' can not be filtered in a query call"
            )
        }
        return field
    }

    private static func compare(
        _ field: BoundField,
        _ comparison: SOQLOperator,
        _ value: FieldValue
    ) -> RowTest {
        { row, context in
            let own = field.value(of: row, in: context)
            switch comparison {
            case .equal: return own.equals(value)
            case .notEqual: return !own.equals(value)
            case .less: return !own.isNull && own.precedes(value) == true
            case .lessOrEqual: return !own.isNull && own.precedes(value) != false
            case .greater: return !own.isNull && own.precedes(value) == false
            case .greaterOrEqual: return !own.isNull && own.precedes(value) != true
            case .like: return false
            }
        }
    }

    private static func membership(
        _ field: BoundField,
        _ values: [FieldValue],
        isNegated: Bool
    ) -> RowTest {
        let ids = Set(values.compactMap { if case .id(let id) = $0 { id } else { nil } })
        return { row, context in
            let own = field.value(of: row, in: context)
            if case .id(let id) = own { return ids.contains(id) != isNegated }
            return values.contains { own.equals($0) } != isNegated
        }
    }

    private func like(
        _ path: FieldPath,
        _ field: BoundField,
        _ literal: SOQLLiteral
    ) throws(DataError) -> RowTest {
        guard case .string(let text) = literal,
            [.string, .combobox, .picklist, .email].contains(field.field.kind)
        else {
            throw .badRequest(
                "INVALID_QUERY_FILTER_OPERATOR",
                "invalid operator on \(path.text) field: like"
            )
        }
        let pattern = LikePattern(text)
        return { row, context in
            guard case .text(let own) = field.value(of: row, in: context) else { return false }
            return pattern.matches(own)
        }
    }

    private func value(
        _ literal: SOQLLiteral,
        for field: BoundField,
        _ path: FieldPath
    ) throws(DataError) -> FieldValue {
        switch (field.field.kind, literal) {
        case (_, .null): return .null
        case (.id, .string(let text)), (.reference, .string(let text)):
            guard let id = RecordID(text) else {
                throw .badRequest(
                    "INVALID_QUERY_FILTER_OPERATOR",
                    "invalid ID field: \(text)"
                )
            }
            return .id(id)
        case (.string, .string(let text)), (.combobox, .string(let text)),
            (.picklist, .string(let text)), (.email, .string(let text)):
            return .text(text)
        case (.boolean, .flag(let flag)): return .flag(flag)
        case (.int, .number(let number)): return .number(Int(number))
        case (.date, .date(let date)): return .date(date)
        case (.datetime, .dateTime(let moment)): return .moment(moment)
        default:
            throw binder.invalid(
                path,
                "value of filter criterion for field '\(path.text)' must be of type "
                    + "\(field.field.kind.wireName) and should "
                    + (field.field.kind.isQuoted ? "" : "not ") + "be enclosed in quotes"
            )
        }
    }
}

extension FieldValue {
    /// Whether both are the same; texts in any case.
    func equals(_ other: FieldValue) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.text(let left), .text(let right)):
            left == right || left.lowercased() == right.lowercased()
        case (.null, _), (_, .null): false
        default: precedes(other) == nil
        }
    }
}

extension FieldDefinition.Kind {
    fileprivate var wireName: String { self == .datetime ? "dateTime" : rawValue }
    fileprivate var isQuoted: Bool {
        switch self {
        case .boolean, .int, .date, .datetime: false
        default: true
        }
    }
}
