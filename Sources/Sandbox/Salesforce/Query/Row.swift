/// A record of any object.
enum Row: Sendable {
    case task(TaskRow)
    case user(SalesforceUser)
    case organization(OrganizationRow)
    case related(RelatedRecord)
    case status(TaskStatus, number: Int)
    case profile(RecordID, name: String)

    /// Its id; nil for what has none here.
    var id: RecordID? {
        switch self {
        case .task(let row): row.task.id
        case .user(let user): user.id
        case .organization(let organization): organization.id
        case .related(let record): record.id
        case .status(_, let number): RecordID(prefix: "01J", pod: 0, number: number)
        case .profile(let id, _): id
        }
    }

    /// The name of its object.
    var type: String {
        switch self {
        case .task: "Task"
        case .user: "User"
        case .organization: "Organization"
        case .related(let record): record.type
        case .status: "TaskStatus"
        case .profile: "Profile"
        }
    }

    /// What stands for it where it is a parent.
    var name: String? {
        switch self {
        case .task(let row): row.task.subject
        case .user(let user): user.displayName
        case .organization(let organization): organization.name
        case .related(let record): record.name
        case .status(let status, _): status.name
        case .profile(_, let name): name
        }
    }
}

/// The queryable fields of an organization.
struct OrganizationRow: Sendable {
    let id: RecordID
    let name: String
    let edition: String
    let isSandbox: Bool
    let createdDate: Moment

    init(_ organization: Organization) {
        id = organization.id
        name = organization.name
        edition = organization.edition
        isSandbox = organization.isSandbox
        createdDate = organization.createdDate
    }
}

/// What reading a row needs beside the row: its parents and the time.
struct RowContext: Sendable {
    let organization: RecordID
    let users: [RecordID: SalesforceUser]
    let related: [RecordID: RelatedRecord]
    var now = Moment(seconds: 0)

    /// The record a task points at.
    func parent(_ id: RecordID?) -> Row? {
        guard let id else { return nil }
        if let user = users[id] { return .user(user) }
        return related[id].map { .related($0) }
    }
}
