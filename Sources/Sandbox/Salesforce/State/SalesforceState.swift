import OrderedCollections

/// Everything the simulator remembers, changed only inside ``SharedState``'s lock.
struct SalesforceState: Sendable {
    /// The simulator's own time, which may be ahead of or behind the machine's.
    var now: Moment
    /// How far ahead the simulator's clock is, in seconds.
    var clockOffset = 0
    var settings = SimulatorSettings()
    var app: AppCredentials
    var secrets = SecretLog()
    var organizations: OrderedDictionary<RecordID, Organization> = [:]
    var transactions: [OpenTransaction] = []
    var faults: [Fault] = []

    var grants: OrderedDictionary<Int, Grant> = [:]
    var accessTokens: [String: AccessToken] = [:]
    /// The grant of every refresh token ever given out, current or rotated.
    var refreshTokens: [String: Int] = [:]
    var codes: [String: AuthorizationCode] = [:]
    /// Authorization requests whose pages are open in a browser.
    var pendingRequests: [String: AuthorizationRequest] = [:]
    /// Browser sessions by cookie.
    var browserSessions: [String: BrowserSession] = [:]
    var locators: OrderedDictionary<RecordID, QueryLocator> = [:]
    var bulkJobs: [RecordID: BulkJob] = [:]
    private var lastNumber = 0

    init(now: Moment, app: AppCredentials) {
        self.now = now
        self.app = app
    }

    /// A number no other thing here has.
    mutating func makeNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }

    /// Makes visible what transactions have committed by now.
    mutating func commitDueTransactions() {
        guard !transactions.isEmpty else { return }
        let now = now
        for transaction in transactions where transaction.commitAt.map({ $0 <= now }) ?? false {
            apply(transaction)
        }
        transactions.removeAll { $0.commitAt.map { $0 <= now } ?? false }
    }

    /// Commits one open transaction; false when there is none of that number.
    mutating func commit(_ id: Int) -> Bool {
        guard let index = transactions.firstIndex(where: { $0.id == id }) else { return false }
        apply(transactions.remove(at: index))
        return true
    }

    /// The organization and user of that id, username or e-mail.
    func user(named name: String) -> (organization: RecordID, user: SalesforceUser)? {
        for organization in organizations.values {
            if let user = organization.user(named: name) { return (organization.id, user) }
        }
        return nil
    }

    /// The organization that has a task.
    func organization(ofTask id: RecordID) -> RecordID? {
        organizations.values.first { $0.tasks.rows[id] != nil }?.id
    }

    private mutating func apply(_ transaction: OpenTransaction) {
        for task in transaction.tasks {
            let owner = organizations.values.first { $0.pod == task.id.pod }?.id
            if let owner { organizations[owner]?.tasks.put(task) }
        }
    }
}

/// A browser that has logged in.
struct BrowserSession: Sendable {
    let organizationID: RecordID
    let userID: RecordID
}
