/// An object that can be queried: its fields and its parents.
struct ObjectDefinition: Sendable {
    let name: String
    let prefix: String
    let fields: [FieldDefinition]
    var parents: [ParentDefinition] = []

    private let fieldsByName: [String: FieldDefinition]
    private let parentsByName: [String: ParentDefinition]

    init(
        _ name: String,
        prefix: String,
        fields: [FieldDefinition],
        parents: [ParentDefinition] = []
    ) {
        self.name = name
        self.prefix = prefix
        self.fields = fields
        self.parents = parents
        fieldsByName = Dictionary(uniqueKeysWithValues: fields.map { ($0.name.lowercased(), $0) })
        parentsByName = Dictionary(
            uniqueKeysWithValues: parents.map { ($0.name.lowercased(), $0) }
        )
    }

    /// The field of that name in lower case.
    func field(_ name: String) -> FieldDefinition? { fieldsByName[name] }
    /// The parent of that name in lower case.
    func parent(_ name: String) -> ParentDefinition? { parentsByName[name] }
}

/// A field of an object.
struct FieldDefinition: Sendable {
    /// What kind of values it has, as describe says it.
    enum Kind: String, Sendable {
        case id, reference, string, textarea, picklist, combobox, boolean, int, date, datetime
        case email
    }

    let name: String
    let kind: Kind
    var length = 0
    var isNillable = true
    /// The objects it may point at.
    var targets: [String] = []
    let read: @Sendable (Row, RowContext) -> FieldValue

    /// Whether a filter may use it: a long text may not.
    var isFilterable: Bool { kind != .textarea }
}

/// A parent that a field path can go through.
struct ParentDefinition: Sendable {
    let name: String
    /// What `attributes.type` says: `Name` where several objects are possible.
    let type: String
    let object: @Sendable () -> ObjectDefinition
    let read: @Sendable (Row, RowContext) -> Row?
}
