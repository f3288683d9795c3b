import OrderedCollections

/// The organizations a simulator starts with; the same seed gives the same records.
///
/// - Acme (Enterprise Edition): jane@acme.com, an administrator, bob@acme.com and eve@acme.com,
///   each with open, closed, archived and recurring tasks, some about accounts, contacts and
///   opportunities.
/// - Globex (Professional Edition, no API): hank@globex.com.
enum DefaultSeed {
    /// A fresh state.
    static func state(seed: UInt64, now: Moment, app: AppCredentials) -> SalesforceState {
        var state = SalesforceState(now: now, app: app)
        let acme = state.addOrganization(name: "Acme", edition: "Enterprise Edition")
        for (email, first, last, isAdministrator) in [
            ("jane@acme.com", "Jane", "Doe", true), ("bob@acme.com", "Bob", "Ng", false),
            ("eve@acme.com", "Eve", "Park", false),
        ] {
            state.addUser(
                to: acme,
                email: email,
                first: first,
                last: last,
                isAdministrator: isAdministrator
            )
        }
        state.addRelatedRecords(to: acme)
        var generator = TaskGenerator(seed: seed)
        for user in state.organizations[acme]?.users.values.sorted(by: { $0.id < $1.id }) ?? [] {
            for task in generator.showcase(owner: user.id, in: acme, &state) {
                state.organizations[acme]?.tasks.put(task)
            }
        }
        let globex = state.addOrganization(name: "Globex", edition: "Professional Edition")
        state.organizations[globex]?.apiEnabled = false
        state.addUser(to: globex, email: "hank@globex.com", first: "Hank", last: "Scorpio")
        return state
    }
}

extension SalesforceState {
    /// Adds an organization without people.
    @discardableResult
    mutating func addOrganization(name: String, edition: String) -> RecordID {
        var organization = Organization(
            number: organizations.count + 1,
            name: name,
            edition: edition
        )
        organization.createdDate = now.advanced(by: -400 * 86_400)
        organizations[organization.id] = organization
        return organization.id
    }

    /// Adds a person; the username is the e-mail address.
    @discardableResult
    mutating func addUser(
        to id: RecordID,
        email: String,
        first: String,
        last: String,
        isAdministrator: Bool = false
    ) -> RecordID? {
        guard let userID = organizations[id]?.makeID("005"), let pod = organizations[id]?.pod
        else { return nil }
        organizations[id]?.users[userID] = SalesforceUser(
            id: userID,
            username: email,
            email: email,
            firstName: first,
            lastName: last,
            isAdministrator: isAdministrator,
            profileID: RecordID(prefix: "00e", pod: pod, number: isAdministrator ? 1 : 2),
            createdDate: now.advanced(by: -380 * 86_400)
        )
        return userID
    }

    /// Adds an account, contact, opportunity, lead, case or queue.
    @discardableResult
    mutating func addRelated(
        to id: RecordID,
        type: String,
        name: String,
        account: RecordID? = nil
    ) -> RecordID? {
        guard let prefix = RelatedRecord.prefix(of: type),
            let recordID = organizations[id]?.makeID(prefix)
        else { return nil }
        organizations[id]?.related[recordID] = RelatedRecord(
            id: recordID,
            type: type,
            name: name,
            accountID: account,
            createdDate: now.advanced(by: -300 * 86_400)
        )
        return recordID
    }

    fileprivate mutating func addRelatedRecords(to id: RecordID) {
        for (account, contact, opportunity) in [
            ("Burlington Textiles", "Jack Rogers", "Burlington Textiles Weaving Plant"),
            ("Pyramid Construction", "Pat Stumuller", "Pyramid Emergency Generators"),
            ("Müller & Söhne GmbH", "Jürgen Müller", "Umbau Halle 3"),
        ] {
            let accountID = addRelated(to: id, type: "Account", name: account)
            addRelated(to: id, type: "Contact", name: contact, account: accountID)
            addRelated(to: id, type: "Opportunity", name: opportunity, account: accountID)
        }
        addRelated(to: id, type: "Queue", name: "Support Queue")
    }
}
