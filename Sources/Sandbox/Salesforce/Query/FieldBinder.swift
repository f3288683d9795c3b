/// Finds the fields that a query names, and says no the way Salesforce does.
struct FieldBinder: Sendable {
    let query: String
    let object: ObjectDefinition
    /// Task fields that are hidden, in lower case.
    let hiddenFields: Set<String>

    /// The field a path leads to.
    func bind(_ path: FieldPath) throws(DataError) -> BoundField {
        var object = object
        var parents: [ParentDefinition] = []
        let segments = path.segments
        for segment in segments.dropLast() {
            guard let parent = object.parent(segment) else {
                throw invalid(
                    path,
                    "Didn't understand relationship '\(segment)' in field path. If you are "
                        + "attempting to use a custom relationship, be sure to append the '__r' "
                        + "after the custom relationship name. Please reference your WSDL or the "
                        + "describe call for the appropriate names."
                )
            }
            parents.append(parent)
            object = parent.object()
        }
        guard let name = segments.last, let field = object.field(name), !isHidden(name, object)
        else {
            let column = path.text.split(separator: ".").last.map(String.init) ?? path.text
            throw invalid(
                path,
                "No such column '\(column)' on entity '\(object.name)'. If you are attempting to "
                    + "use a custom field, be sure to append the '__c' after the custom field "
                    + "name. Please reference your WSDL or the describe call for the appropriate "
                    + "names."
            )
        }
        return BoundField(parents: parents, field: field)
    }

    /// The refusal of a field, with a caret under where it stands.
    func invalid(_ path: FieldPath, _ reason: String) -> DataError {
        let before = query.utf8.prefix(path.position)
        let row = before.reduce(1) { $0 + ($1 == 10 ? 1 : 0) }
        let lineStart = before.lastIndex(of: 10).map { query.utf8.index(after: $0) }
        let column = lineStart.map { before[$0...].count } ?? path.position
        let line = query.utf8[(lineStart ?? query.utf8.startIndex)...].prefix { $0 != 10 }
        let caret = String(repeating: " ", count: column) + "^"
        return .badRequest(
            "INVALID_FIELD",
            "\n\(Substring(line))\n\(caret)\nERROR at Row:\(row):Column:\(column + 1)\n\(reason)"
        )
    }

    private func isHidden(_ name: String, _ object: ObjectDefinition) -> Bool {
        object.name == "Task" && hiddenFields.contains(name)
    }
}

/// A field with the way to it.
struct BoundField: Sendable {
    let parents: [ParentDefinition]
    let field: FieldDefinition

    /// Its value; null where a parent is missing.
    func value(of row: Row, in context: RowContext) -> FieldValue {
        var row = row
        for parent in parents {
            guard let next = parent.read(row, context) else { return .null }
            row = next
        }
        return field.read(row, context)
    }
}
