/// Writes rows as the records of a query answer.
struct RecordWriter: Sendable {
    /// A selected field, or a parent with its selected fields.
    private indirect enum Member: Sendable {
        case field(key: [UInt8], FieldDefinition)
        case parent(key: [UInt8], ParentDefinition, [Member])
    }

    private let object: ObjectDefinition
    private let members: [Member]
    private let version: String

    init(object: ObjectDefinition, fields: [BoundField], version: String) {
        self.object = object
        self.version = version
        members = Self.members(fields.map { (Array($0.parents), $0.field) })
    }

    /// Appends one record.
    func write(_ row: Row, context: RowContext, into text: inout JSONText) {
        write(row, type: object.name, members, context, &text)
    }

    private func write(
        _ row: Row,
        type: String,
        _ members: [Member],
        _ context: RowContext,
        _ text: inout JSONText
    ) {
        text.raw("{\"attributes\":{\"type\":\"")
        text.bytes.append(contentsOf: type.utf8)
        text.raw("\",\"url\":\"/services/data/v")
        text.bytes.append(contentsOf: version.utf8)
        text.raw("/sobjects/")
        text.bytes.append(contentsOf: row.type.utf8)
        text.raw("/")
        row.id?.write(into: &text.bytes)
        text.raw("\"}")
        for member in members {
            switch member {
            case .field(let key, let field):
                text.raw(key)
                field.read(row, context).write(into: &text)
            case .parent(let key, let parent, let inner):
                text.raw(key)
                if let next = parent.read(row, context) {
                    write(next, type: parent.type, inner, context, &text)
                } else {
                    text.raw("null")
                }
            }
        }
        text.raw("}")
    }

    /// Groups fields of one parent under its first mention; a field named twice shows once.
    private static func members(_ paths: [([ParentDefinition], FieldDefinition)]) -> [Member] {
        var members: [Member] = []
        var seen: Set<String> = []
        for (parents, field) in paths {
            let name = parents.first?.name ?? field.name
            guard seen.insert(name).inserted else { continue }
            let key = Array(",\"\(name)\":".utf8)
            guard let parent = parents.first else {
                members.append(.field(key: key, field))
                continue
            }
            let inner = paths.filter { $0.0.first?.name == parent.name }
                .map { (Array($0.0.dropFirst()), $0.1) }
            members.append(.parent(key: key, parent, self.members(inner)))
        }
        return members
    }
}
