/// The objects beside the task.
extension ObjectDefinition {
    /// The object of that name, in any case; nil when there is none or the user may not see it.
    static func named(_ name: String) -> ObjectDefinition? { byName[name.lowercased()] }

    private static let byName: [String: ObjectDefinition] = Dictionary(
        uniqueKeysWithValues: [
            task, user, organization, account, contact, opportunity, taskStatus, profile,
        ].map { ($0.name.lowercased(), $0) }
    )

    /// What stands for a parent that may be of several objects.
    static let name = ObjectDefinition(
        "Name",
        prefix: "",
        fields: [
            rowID,
            FieldDefinition(name: "Name", kind: .string, length: 121) { row, _ in
                .optional(row.name)
            },
            FieldDefinition(name: "Type", kind: .picklist, length: 40) { row, _ in
                .text(row.type)
            },
            userField("Username", .string) { .text($0.username) },
            userField("FirstName", .string) { .text($0.firstName) },
            userField("LastName", .string) { .text($0.lastName) },
            userField("IsActive", .boolean) { .flag($0.isActive) },
            FieldDefinition(name: "Email", kind: .email) { row, _ in
                switch row {
                case .user(let user): .text(user.email)
                case .related(let record): .optional(record.email)
                default: .null
                }
            },
        ]
    )

    static let user = ObjectDefinition(
        "User",
        prefix: "005",
        fields: [
            rowID,
            userField("Username", .string) { .text($0.username) },
            userField("Email", .email) { .text($0.email) },
            userField("Name", .string) { .text($0.displayName) },
            userField("FirstName", .string) { .text($0.firstName) },
            userField("LastName", .string) { .text($0.lastName) },
            userField("IsActive", .boolean) { .flag($0.isActive) },
            userField("ProfileId", .reference) { .id($0.profileID) },
            userField("UserType", .picklist) { _ in .text("Standard") },
            userField("TimeZoneSidKey", .picklist) { _ in .text("America/Los_Angeles") },
            userField("LanguageLocaleKey", .picklist) { _ in .text("en_US") },
            userField("LocaleSidKey", .picklist) { _ in .text("en_US") },
            userField("CreatedDate", .datetime) { .moment($0.createdDate) },
            userField("LastModifiedDate", .datetime) { .moment($0.createdDate) },
            userField("SystemModstamp", .datetime) { .moment($0.createdDate) },
        ],
        parents: [
            ParentDefinition(name: "Profile", type: "Profile", object: { .profile }) { row, _ in
                guard case .user(let user) = row else { return nil }
                return .profile(user.profileID, name: user.profile)
            }
        ]
    )

    static let organization = ObjectDefinition(
        "Organization",
        prefix: "00D",
        fields: [
            rowID,
            organizationField("Name", .string) { .text($0.name) },
            organizationField("OrganizationType", .picklist) { .text($0.edition) },
            organizationField("IsSandbox", .boolean) { .flag($0.isSandbox) },
            organizationField("InstanceName", .string) { _ in .text("SIM1") },
            organizationField("TrialExpirationDate", .datetime) { _ in .null },
            organizationField("NamespacePrefix", .string) { _ in .null },
            organizationField("TimeZoneSidKey", .picklist) { _ in .text("America/Los_Angeles") },
            organizationField("LanguageLocaleKey", .picklist) { _ in .text("en_US") },
            organizationField("CreatedDate", .datetime) { .moment($0.createdDate) },
            organizationField("SystemModstamp", .datetime) { .moment($0.createdDate) },
        ]
    )

    static let account = related("Account", prefix: "001")
    static let contact = related("Contact", prefix: "003")
    static let opportunity = related("Opportunity", prefix: "006")

    static let profile = ObjectDefinition(
        "Profile",
        prefix: "00e",
        fields: [
            rowID,
            FieldDefinition(name: "Name", kind: .string) { row, _ in .optional(row.name) },
        ]
    )

    static let taskStatus = ObjectDefinition(
        "TaskStatus",
        prefix: "01J",
        fields: [
            rowID,
            statusField("MasterLabel", .string) { status, _ in .text(status.name) },
            statusField("ApiName", .string) { status, _ in .text(status.name) },
            statusField("IsClosed", .boolean) { status, _ in .flag(status.isClosed) },
            statusField("IsDefault", .boolean) { _, number in .flag(number == 1) },
            statusField("SortOrder", .int) { _, number in .number(number) },
        ]
    )

    private static let rowID = FieldDefinition(
        name: "Id",
        kind: .id,
        length: 18,
        isNillable: false
    ) { row, _ in .optional(row.id) }

    private static func related(_ name: String, prefix: String) -> ObjectDefinition {
        ObjectDefinition(
            name,
            prefix: prefix,
            fields: [
                rowID,
                relatedField("Name", .string) { .text($0.name) },
                relatedField("AccountId", .reference) { .optional($0.accountID) },
                relatedField("Email", .email) { .optional($0.email) },
                relatedField("CreatedDate", .datetime) { .moment($0.createdDate) },
                relatedField("LastModifiedDate", .datetime) { .moment($0.createdDate) },
                relatedField("SystemModstamp", .datetime) { .moment($0.createdDate) },
            ]
        )
    }

    private static func userField(
        _ name: String,
        _ kind: FieldDefinition.Kind,
        _ read: @escaping @Sendable (SalesforceUser) -> FieldValue
    ) -> FieldDefinition {
        FieldDefinition(name: name, kind: kind) { row, _ in
            if case .user(let user) = row { read(user) } else { .null }
        }
    }

    private static func organizationField(
        _ name: String,
        _ kind: FieldDefinition.Kind,
        _ read: @escaping @Sendable (OrganizationRow) -> FieldValue
    ) -> FieldDefinition {
        FieldDefinition(name: name, kind: kind) { row, _ in
            if case .organization(let organization) = row { read(organization) } else { .null }
        }
    }

    private static func relatedField(
        _ name: String,
        _ kind: FieldDefinition.Kind,
        _ read: @escaping @Sendable (RelatedRecord) -> FieldValue
    ) -> FieldDefinition {
        FieldDefinition(name: name, kind: kind) { row, _ in
            if case .related(let record) = row { read(record) } else { .null }
        }
    }

    private static func statusField(
        _ name: String,
        _ kind: FieldDefinition.Kind,
        _ read: @escaping @Sendable (TaskStatus, Int) -> FieldValue
    ) -> FieldDefinition {
        FieldDefinition(name: name, kind: kind) { row, _ in
            if case .status(let status, let number) = row { read(status, number) } else { .null }
        }
    }
}
