import OrderedCollections

/// Control of organizations and of the records beside tasks.
extension ControlEndpoint {
    private struct OrganizationOrder: Codable {
        var name: String?
        var edition: String?
        var sandbox: Bool?
        var apiEnabled: Bool?
        var organizationQueryable: Bool?
        var appPolicy: AppPolicy?
        var dailyLimit: Int?
        var appLimit: Int?
        var used: Int?
        var instanceURL: String?
        var sessionTimeout: Int?
        var hiddenFields: [String]?
        var closedStatuses: [String]?

        func apply(to organization: inout Organization, at now: Moment) {
            organization.name = name ?? organization.name
            organization.edition = edition ?? organization.edition
            organization.isSandbox = sandbox ?? organization.isSandbox
            organization.apiEnabled = apiEnabled ?? organization.apiEnabled
            organization.organizationQueryable =
                organizationQueryable ?? organization.organizationQueryable
            organization.appPolicy = appPolicy ?? organization.appPolicy
            organization.dailyLimit = dailyLimit ?? organization.dailyLimit
            organization.appLimit = appLimit ?? organization.appLimit
            organization.instanceURL = instanceURL ?? organization.instanceURL
            organization.sessionTimeout = sessionTimeout ?? organization.sessionTimeout
            if let hiddenFields {
                organization.hiddenFields = Set(hiddenFields.map { $0.lowercased() })
            }
            if let used {
                organization.usage.surcharge += used - organization.usage.used(at: now)
            }
            if let closedStatuses {
                organization.statuses =
                    TaskStatus.standard
                    + closedStatuses.map { TaskStatus(name: $0, isClosed: true) }
            }
        }
    }

    private struct RelatedOrder: Codable {
        let organization: String
        let type: String
        let name: String
        var account: String?
    }

    /// `/sandbox/organizations`.
    func organizations(_ request: WireRequest, _ path: [String]) throws -> Reply {
        let order = try body(request, as: OrganizationOrder.self)
        return try shared.withState { state in
            let id: RecordID
            switch (request.method, path.count) {
            case ("POST", 1):
                guard let name = order.name else { throw ControlRefusal.bad("name is required") }
                id = state.addOrganization(
                    name: name,
                    edition: order.edition ?? "Enterprise Edition"
                )
            case ("PATCH", 2): id = try state.organization(named: path[1])
            default: throw ControlRefusal.notFound("route")
            }
            let now = state.now
            state.change(id) { order.apply(to: &$0, at: now) }
            return .json(
                state.overview(of: id),
                status: request.method == "POST" ? 201 : 200
            )
        }
    }

    /// `POST /sandbox/related`.
    func related(_ request: WireRequest) throws -> Reply {
        let order = try body(request, as: RelatedOrder.self)
        return try shared.withState { state in
            let organization = try state.organization(named: order.organization)
            guard
                let id = state.addRelated(
                    to: organization,
                    type: order.type,
                    name: order.name,
                    account: order.account.flatMap { RecordID($0) }
                )
            else { throw ControlRefusal.bad("A task cannot point at a \(order.type).") }
            return .json(["id": .string(id.text)], status: 201)
        }
    }
}

extension SalesforceState {
    /// Changes an organization in its place.
    mutating func change(_ id: RecordID, _ body: (inout Organization) throws -> Void) rethrows {
        guard let index = organizations.index(forKey: id) else { return }
        try body(&organizations.values[index])
    }

    /// The organization of that id or name.
    func organization(named name: String) throws -> RecordID {
        if let id = RecordID(name), organizations[id] != nil { return id }
        guard let found = organizations.values.first(where: { $0.name == name }) else {
            throw ControlRefusal.notFound("organization")
        }
        return found.id
    }
}
