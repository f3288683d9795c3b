import OrderedCollections

/// What `GET /sandbox/state` shows; no token, code or cookie is in it.
extension SalesforceState {
    /// The whole state.
    var overview: JSONValue {
        [
            "now": .string(now.text), "clockOffsetSeconds": .integer(clockOffset),
            "settings": settings.overview,
            "organizations": .array(organizations.keys.map { overview(of: $0) }),
            "grants": .array(grants.values.map { overview(of: $0) }),
            "accessTokens": .integer(accessTokens.values.count { $0.expiresAt > now }),
            "openTransactions": .array(
                transactions.map {
                    [
                        "id": .integer($0.id), "startedAt": .string($0.startedAt.text),
                        "commitAt": .optional($0.commitAt?.text),
                        "tasks": .integer($0.tasks.count),
                    ]
                }
            ),
            "queryLocators": .integer(locators.count), "faults": faultList,
        ]
    }

    /// One organization with its people.
    func overview(of id: RecordID) -> JSONValue {
        guard let organization = organizations[id] else { return .null }
        var usage = organization.usage
        return [
            "id": .string(id.text), "name": .string(organization.name),
            "edition": .string(organization.edition), "sandbox": .flag(organization.isSandbox),
            "apiEnabled": .flag(organization.apiEnabled),
            "organizationQueryable": .flag(organization.organizationQueryable),
            "appPolicy": .string(organization.appPolicy.rawValue),
            "dailyLimit": .integer(organization.dailyLimit),
            "used": .integer(usage.used(at: now)),
            "tasks": .integer(organization.tasks.rows.count),
            "users": .array(
                organization.users.keys.sorted().map { overview(ofUser: $0, in: id) }
            ),
            "related": .array(
                organization.related.values.sorted { $0.id < $1.id }.prefix(200).map {
                    [
                        "id": .string($0.id.text), "type": .string($0.type),
                        "name": .string($0.name),
                    ]
                }
            ),
        ]
    }

    /// One person.
    func overview(ofUser id: RecordID, in organization: RecordID) -> JSONValue {
        guard let user = organizations[organization]?.users[id] else { return .null }
        let tasks = organizations[organization]?.tasks.byOwner[id]?.rows
        return [
            "id": .string(id.text), "username": .string(user.username),
            "email": .string(user.email), "displayName": .string(user.displayName),
            "administrator": .flag(user.isAdministrator), "active": .flag(user.isActive),
            "apiEnabled": .flag(user.apiEnabled), "appApproved": .flag(user.appApproved),
            "tasks": .integer(tasks?.count ?? 0),
        ]
    }

    /// The planned faults.
    var faultList: JSONValue {
        .array(
            faults.map {
                [
                    "id": .integer($0.id), "kind": .string($0.label), "path": .string($0.path),
                    "method": .optional($0.method), "hits": .integer($0.hits),
                    "remaining": $0.remaining.map { .integer($0) } ?? .null,
                ]
            }
        )
    }

    /// One grant.
    func overview(of grant: Grant) -> JSONValue {
        [
            "id": .integer(grant.id), "user": .string(grant.userID.text),
            "scope": .string(grant.scope), "issuedAt": .string(grant.issuedAt.text),
            "lastUsed": .string(grant.lastUsed.text),
            "revocation": .optional(grant.revocation?.rawValue),
        ]
    }
}

extension SimulatorSettings {
    fileprivate var overview: JSONValue {
        [
            "refreshTokenRotation": .flag(refreshTokenRotation),
            "requiresPKCE": .flag(requiresPKCE),
            "refreshMilliseconds": .integer(refreshMilliseconds),
            "refreshTokenIdleDays": .integer(refreshTokenIdleDays),
            "approvalsPerUser": .integer(approvalsPerUser), "pageSize": .integer(pageSize),
            "locatorIdleSeconds": .integer(locatorIdleSeconds),
            "locatorsPerUser": .integer(locatorsPerUser),
            "slidingSessions": .flag(slidingSessions),
            "jwtPublicKey": .optional(jwtPublicKey), "codeSuffix": .string(codeSuffix),
        ]
    }
}
