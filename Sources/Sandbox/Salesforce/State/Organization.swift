/// One Salesforce organization and all that is in it.
struct Organization: Sendable {
    let id: RecordID
    /// The characters that this organization's ids have in common.
    let pod: Int
    var name: String
    /// A value of `OrganizationType`, such as `Enterprise Edition`.
    var edition: String
    var isSandbox = false
    /// Whether REST data calls are answered at all.
    var apiEnabled = true
    /// Whether the organization itself can be queried although the API is disabled.
    var organizationQueryable = false
    /// How the administrator has treated the connected app.
    var appPolicy = AppPolicy.installed
    /// Data calls allowed in 24 hours.
    var dailyLimit = 100_000
    /// Data calls allowed in 24 hours for this app alone, when there is such a quota.
    var appLimit: Int?
    /// What `instance_url` says instead of the simulator's own address.
    var instanceURL: String?
    /// How long an unused access token lives, in seconds.
    var sessionTimeout = 7200
    /// Task fields that are hidden, in lower case.
    var hiddenFields: Set<String> = []
    var statuses = TaskStatus.standard
    var createdDate = Moment(seconds: 0)
    var users: [RecordID: SalesforceUser] = [:]
    /// Accounts, contacts, opportunities, queues and profiles.
    var related: [RecordID: RelatedRecord] = [:]
    var tasks = TaskTable()
    var usage = UsageWindow()
    private var nextNumber = 5_000_000_000

    init(number: Int, name: String, edition: String) {
        id = RecordID(prefix: "00D", pod: number, number: 1)
        pod = number
        self.name = name
        self.edition = edition
    }

    /// The next id with a prefix; ids grow with time.
    mutating func makeID(_ prefix: String) -> RecordID {
        nextNumber += 1
        return RecordID(prefix: prefix, pod: pod, number: nextNumber)
    }

    /// The user of that id, name or e-mail.
    func user(named name: String) -> SalesforceUser? {
        if let id = RecordID(name), let user = users[id] { return user }
        return users.values.first { $0.username == name } ?? users.values.first { $0.email == name }
    }

    /// What a page of records needs beside the rows.
    var context: RowContext {
        RowContext(organization: id, users: users, related: related)
    }
}

/// How an organization's administrator has treated the connected app.
enum AppPolicy: String, Codable, Sendable {
    /// Every user may approve it.
    case installed
    /// Nobody may use it.
    case blocked
    /// Only users with `appApproved` may use it.
    case adminApproved
    /// Not installed: an administrator may still approve it, anyone else is sent back with an error.
    case notInstalled
    /// Not installed, and a refused user sees an error page and is never sent back.
    case notInstalledSilently
}

/// A value of the task status picklist.
struct TaskStatus: Sendable {
    let name: String
    let isClosed: Bool

    /// What an organization starts with.
    static let standard = [
        TaskStatus(name: "Not Started", isClosed: false),
        TaskStatus(name: "In Progress", isClosed: false),
        TaskStatus(name: "Completed", isClosed: true),
        TaskStatus(name: "Waiting on someone else", isClosed: false),
        TaskStatus(name: "Deferred", isClosed: false),
    ]
}
