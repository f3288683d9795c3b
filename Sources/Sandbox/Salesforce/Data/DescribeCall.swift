import OrderedCollections

/// Describe, single records, limits and the list of resources.
extension DataCall {
    /// What an object looks like.
    func describe(_ object: ObjectDefinition) -> Reply {
        let (hidden, statuses) = shared.withState { state in
            let organization = state.organizations[session.organizationID]
            return (organization?.hiddenFields ?? [], organization?.statuses ?? [])
        }
        let fields = object.fields.filter { !hidden.contains($0.name.lowercased()) }
        return .json([
            "name": .string(object.name), "label": .string(object.name),
            "keyPrefix": .string(object.prefix), "queryable": true, "replicateable": true,
            "retrieveable": true, "custom": false,
            "fields": .array(fields.map { field(object, $0, statuses) }),
        ])
    }

    private func field(
        _ object: ObjectDefinition,
        _ field: FieldDefinition,
        _ statuses: [TaskStatus]
    ) -> JSONValue {
        let values: [String] =
            switch field.name {
            case "Status": statuses.map(\.name)
            case "Priority": ["High", "Normal", "Low"]
            default: []
            }
        let parent = object.parents.first { $0.name + "Id" == field.name }
        return [
            "name": .string(field.name), "label": .string(field.name),
            "type": .string(field.kind.rawValue), "length": .integer(field.length),
            "nillable": .flag(field.isNillable), "filterable": .flag(field.isFilterable),
            "sortable": .flag(field.isFilterable), "custom": false,
            "referenceTo": .array(field.targets.map { .string($0) }),
            "relationshipName": .optional(parent?.name),
            "picklistValues": .array(
                values.map {
                    ["active": true, "label": .string($0), "value": .string($0)]
                }
            ),
        ]
    }

    /// One record with all its fields.
    func record(_ object: ObjectDefinition, _ text: Substring) throws(DataError) -> Reply {
        guard let id = RecordID(text) else { throw .notFound }
        let names = request.query.text("fields") ?? object.fields.map(\.name).joined(separator: ",")
        let hidden = shared.withState {
            $0.organizations[session.organizationID]?.hiddenFields ?? []
        }
        let shown = names.split(separator: ",").filter {
            request.query.text("fields") != nil || !hidden.contains($0.lowercased())
        }
        let query = try PreparedQuery(
            "SELECT \(shown.joined(separator: ",")) FROM \(object.name) WHERE Id = '\(id.text)'",
            hiddenFields: hidden,
            version: version
        )
        let found = shared.withState { state in
            let context = state.rowContext(session.organizationID)
            let rows = state.organizations[session.organizationID].map {
                query.rows(in: $0, owner: session.visibleOwner, all: false, context: context)
            }
            return rows?.first.map { ($0, context) }
        }
        guard let (row, context) = found else { throw .notFound }
        var body = JSONText()
        query.writer.write(row, context: context, into: &body)
        return .json(.raw(body.bytes))
    }

    /// The organization's limits.
    func limits() -> Reply {
        shared.withState { state in
            let limit = state.organizations[session.organizationID]?.dailyLimit ?? 0
            let used = state.organizations[session.organizationID]?.usage.used(at: state.now) ?? 0
            return .json([
                "DailyApiRequests": [
                    "Max": .integer(limit), "Remaining": .integer(max(0, limit - used)),
                ],
                "DailyBulkV2QueryJobs": [
                    "Max": 10_000, "Remaining": .integer(10_000 - state.bulkJobs.count),
                ],
                "DailyBulkV2QueryFileStorageMB": ["Max": 976_562, "Remaining": 976_562],
            ])
        }
    }

    /// The resources of a version.
    func resources() -> Reply {
        .json(
            .object(
                ["query", "queryAll", "sobjects", "limits", "composite", "jobs"].map {
                    ($0, .string("/services/data/v\(version)/\($0)"))
                }
            )
        )
    }
}
