/// A query whose object, fields and filter have been found.
struct PreparedQuery: Sendable {
    let statement: SOQLStatement
    let object: ObjectDefinition
    let writer: RecordWriter
    /// The selected fields in order.
    let columns: [BoundField]
    private let test: RowTest?
    private let order: [(field: BoundField, term: SOQLOrder)]

    /// Parses and binds a query.
    init(_ query: String, hiddenFields: Set<String>, version: String) throws(DataError) {
        statement = try SOQLParser.statement(of: query)
        guard let object = ObjectDefinition.named(statement.entity) else {
            throw .badRequest(
                "INVALID_TYPE",
                "\nFROM \(statement.entity)\n     ^\nERROR at Row:1:Column:"
                    + "\(statement.entityPosition + 1)\nsObject type '\(statement.entity)' is not "
                    + "supported. If you are attempting to use a custom object, be sure to append "
                    + "the '__c' after the entity name. Please reference your WSDL or the describe "
                    + "call for the appropriate names."
            )
        }
        self.object = object
        let binder = FieldBinder(query: query, object: object, hiddenFields: hiddenFields)
        var fields: [BoundField] = []
        for path in statement.fields { fields.append(try binder.bind(path)) }
        columns = fields
        writer = RecordWriter(object: object, fields: fields, version: version)
        let filter = RowFilter(binder: binder)
        if let condition = statement.condition {
            test = try filter.test(condition)
        } else {
            test = nil
        }
        var order: [(field: BoundField, term: SOQLOrder)] = []
        for term in statement.order {
            let field = try binder.bind(term.path)
            guard field.field.isFilterable else {
                throw binder.invalid(
                    term.path,
                    "field '\(term.path.text)' can not be sorted in a query call"
                )
            }
            order.append((field, term))
        }
        self.order = order
        if let offset = statement.offset, offset > 2000 {
            throw .badRequest(
                "NUMBER_OUTSIDE_VALID_RANGE",
                "Maximum SOQL offset allowed is 2000"
            )
        }
    }

    /// The matching rows, sorted and cut.
    ///
    /// `owner` is the only owner whose tasks may be seen, nil for all; `all` lets deleted and
    /// archived tasks count.
    func rows(
        in organization: Organization,
        owner: RecordID?,
        all: Bool,
        context: RowContext
    ) -> [Row] {
        var rows: [Row]
        if object.name == "Task" {
            rows = tasks(in: organization, owner: owner, all: all, context: context)
        } else {
            rows = organization.rows(of: object.name)
            if let test { rows = rows.filter { test($0, context) } }
            sort(&rows, context)
        }
        if let offset = statement.offset { rows = Array(rows.dropFirst(offset)) }
        if let limit = statement.limit, rows.count > limit { rows = Array(rows.prefix(limit)) }
        return rows
    }

    private func tasks(
        in organization: Organization,
        owner: RecordID?,
        all: Bool,
        context: RowContext
    ) -> [Row] {
        let scan = TaskScan(statement.condition)
        let inOrder = scan.isOrdered && isModstampOrder
        let enough =
            inOrder || order.isEmpty
            ? statement.limit.map { $0 + (statement.offset ?? 0) } ?? .max : .max
        var rows: [Row] = []
        for row in scan.candidates(in: organization.tasks, owner: owner) {
            let task = row.task
            if let owner, task.ownerID != owner { continue }
            if !all, task.isDeleted || task.isArchived(at: context.now) { continue }
            if task.isPurged(at: context.now) { continue }
            let candidate = Row.task(row)
            if let test, !test(candidate, context) { continue }
            if rows.count == enough { break }
            rows.append(candidate)
        }
        if !inOrder { sort(&rows, context) }
        return rows
    }

    /// Whether the wanted order is the order of the index.
    private var isModstampOrder: Bool {
        guard let first = order.first, order.count <= 2 else { return false }
        guard first.term.path.isField("systemmodstamp"), !first.term.isDescending else {
            return false
        }
        guard order.count == 2 else { return true }
        return order[1].term.path.isField("id") && !order[1].term.isDescending
    }

    private func sort(_ rows: inout [Row], _ context: RowContext) {
        guard !order.isEmpty else { return }
        var keyed = rows.map { row in
            (row: row, keys: order.map { $0.field.value(of: row, in: context) })
        }
        let terms = order.map(\.term)
        keyed.sort { left, right in
            for (index, term) in terms.enumerated() {
                let (mine, other) = (left.keys[index], right.keys[index])
                guard let precedes = mine.precedes(other) else { continue }
                if mine.isNull || other.isNull { return precedes != term.nullsLast }
                return precedes != term.isDescending
            }
            return false
        }
        rows = keyed.map(\.row)
    }
}

extension Organization {
    /// The rows of an object other than the task, in order of their ids.
    fileprivate func rows(of object: String) -> [Row] {
        switch object {
        case "Organization": [.organization(OrganizationRow(self))]
        case "User": users.values.sorted { $0.id < $1.id }.map { .user($0) }
        case "TaskStatus": statuses.enumerated().map { .status($1, number: $0 + 1) }
        case "Profile":
            Dictionary(
                users.values.map { ($0.profileID, $0.profile) },
                uniquingKeysWith: { $1 }
            )
            .sorted { $0.key < $1.key }.map { .profile($0.key, name: $0.value) }
        default:
            related.values.filter { $0.type == object }.sorted { $0.id < $1.id }
                .map { .related($0) }
        }
    }
}
