import OrderedCollections

/// Control of people.
extension ControlEndpoint {
    private struct UserOrder: Codable {
        var organization: String?
        var email: String?
        var username: String?
        var firstName: String?
        var lastName: String?
        var administrator: Bool?
        var active: Bool?
        var apiEnabled: Bool?
        var appApproved: Bool?
        var passwordChanged: Bool?

        func apply(to user: inout SalesforceUser) {
            user.email = email ?? user.email
            user.username = username ?? user.username
            user.firstName = firstName ?? user.firstName
            user.lastName = lastName ?? user.lastName
            user.isAdministrator = administrator ?? user.isAdministrator
            user.isActive = active ?? user.isActive
            user.apiEnabled = apiEnabled ?? user.apiEnabled
            user.appApproved = appApproved ?? user.appApproved
        }
    }

    /// `/sandbox/users`.
    func users(_ request: WireRequest, _ path: [String]) throws -> Reply {
        let order = try body(request, as: UserOrder.self)
        return try shared.withState { state in
            switch (request.method, path.count) {
            case ("POST", 1): return try create(order, &state)
            case ("PATCH", 2):
                guard let (organization, user) = state.user(named: path[1]) else {
                    throw ControlRefusal.notFound("user")
                }
                state.change(organization) { value in
                    if var changed = value.users[user.id] {
                        order.apply(to: &changed)
                        value.users[user.id] = changed
                    }
                }
                if order.passwordChanged ?? false { state.changePassword(of: user.id) }
                return .json(state.overview(ofUser: user.id, in: organization))
            default: throw ControlRefusal.notFound("route")
            }
        }
    }

    private func create(_ order: UserOrder, _ state: inout SalesforceState) throws -> Reply {
        guard let email = order.email, let name = order.organization else {
            throw ControlRefusal.bad("organization and email are required")
        }
        let organization = try state.organization(named: name)
        let id = state.addUser(
            to: organization,
            email: order.username ?? email,
            first: order.firstName ?? email.split(separator: "@").first.map(String.init) ?? email,
            last: order.lastName ?? "",
            isAdministrator: order.administrator ?? false
        )
        guard let id else { throw ControlRefusal.notFound("organization") }
        state.change(organization) { value in
            if var user = value.users[id] {
                order.apply(to: &user)
                value.users[id] = user
            }
        }
        return .json(state.overview(ofUser: id, in: organization), status: 201)
    }
}

extension SalesforceState {
    /// Ends every grant of a user whose password has changed.
    fileprivate mutating func changePassword(of user: RecordID) {
        for grant in grants.values where grant.userID == user {
            revoke(grant.id, because: .passwordChanged)
        }
    }
}
