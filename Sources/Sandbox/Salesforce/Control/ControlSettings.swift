import OrderedCollections

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Control of the simulator as a whole: reset, settings, clock, tokens, transactions, faults.
extension ControlEndpoint {
    private struct Seed: Codable { var seed: UInt64? }
    private struct ClockOrder: Codable {
        var offsetSeconds: Int?
        var advanceSeconds: Int?
    }
    private struct Whose: Codable { var user: String? }
    private struct SettingsOrder: Codable {
        var refreshTokenRotation: Bool?
        var requiresPKCE: Bool?
        var refreshMilliseconds: Int?
        var refreshTokenIdleDays: Int?
        var approvalsPerUser: Int?
        var pageSize: Int?
        var locatorIdleSeconds: Int?
        var locatorsPerUser: Int?
        var slidingSessions: Bool?
        var jwtPublicKey: String?
        var codeSuffix: String?

        func apply(to settings: inout SimulatorSettings) {
            settings.refreshTokenRotation = refreshTokenRotation ?? settings.refreshTokenRotation
            settings.requiresPKCE = requiresPKCE ?? settings.requiresPKCE
            settings.refreshMilliseconds = refreshMilliseconds ?? settings.refreshMilliseconds
            settings.refreshTokenIdleDays = refreshTokenIdleDays ?? settings.refreshTokenIdleDays
            settings.approvalsPerUser = approvalsPerUser ?? settings.approvalsPerUser
            settings.pageSize = max(1, pageSize ?? settings.pageSize)
            settings.locatorIdleSeconds = locatorIdleSeconds ?? settings.locatorIdleSeconds
            settings.locatorsPerUser = max(1, locatorsPerUser ?? settings.locatorsPerUser)
            settings.slidingSessions = slidingSessions ?? settings.slidingSessions
            settings.codeSuffix = codeSuffix ?? settings.codeSuffix
            if let jwtPublicKey {
                settings.jwtPublicKey = jwtPublicKey.isEmpty ? nil : jwtPublicKey
            }
        }
    }

    /// `POST /sandbox/reset`.
    func reset(_ request: WireRequest) throws -> Reply {
        shared.reset(seed: try body(request, as: Seed.self).seed)
        log.clear()
        return .json(shared.withState { $0.overview })
    }

    /// `PATCH /sandbox/settings`.
    func changeSettings(_ request: WireRequest) throws -> Reply {
        let order = try body(request, as: SettingsOrder.self)
        if let key = order.jwtPublicKey, !key.isEmpty, !JWTAssertion.isPublicKey(key) {
            throw ControlRefusal.bad("jwtPublicKey is not an RSA public key in PEM form.")
        }
        return .json(
            shared.withState { state in
                order.apply(to: &state.settings)
                return state.overview
            }
        )
    }

    /// `PATCH /sandbox/clock`.
    func changeClock(_ request: WireRequest) throws -> Reply {
        let order = try body(request, as: ClockOrder.self)
        shared.withState { state in
            state.clockOffset = order.offsetSeconds ?? state.clockOffset
            state.clockOffset += order.advanceSeconds ?? 0
        }
        return .json(shared.withState { ["now": .string($0.now.text)] })
    }

    /// `POST /sandbox/transactions/{number}/commit`.
    func commit(_ number: String) throws -> Reply {
        guard let id = Int(number), shared.withState({ $0.commit(id) }) else {
            throw ControlRefusal.notFound("open transaction")
        }
        return .empty(204)
    }

    /// Ends access tokens, or grants with all their tokens.
    func tokens(_ request: WireRequest, _ path: [String]) throws -> Reply {
        let name = try body(request, as: Whose.self).user
        let found = shared.withState { state in name.flatMap { state.user(named: $0)?.user.id } }
        guard name == nil || found != nil else { throw ControlRefusal.notFound("user") }
        let count = shared.withState { state in
            path[0] == "tokens" ? state.expireTokens(of: found) : state.revokeGrants(of: found)
        }
        return .json(["count": .integer(count)])
    }

    /// `GET /sandbox/grants`.
    func grants(_ request: WireRequest) throws -> Reply {
        let grants = shared.withState { state in
            state.user(named: request.query["user"] ?? "").map { found in
                state.grants.values.filter { $0.userID == found.user.id }.map(state.overview(of:))
            }
        }
        guard let grants else { throw ControlRefusal.notFound("user") }
        return .json(.array(grants))
    }

    /// `/sandbox/faults`.
    func faults(_ request: WireRequest, _ path: [String]) throws -> Reply {
        switch (request.method, path.count) {
        case ("POST", 1):
            let order = try body(request, as: FaultOrder.self)
            let id = try shared.withState { state in
                let id = state.makeNumber()
                guard let fault = order.fault(id: id) else {
                    throw ControlRefusal.bad("There is no kind of fault called \(order.kind).")
                }
                state.faults.append(fault)
                return id
            }
            return .json(["id": .integer(id)], status: 201)
        case ("GET", 1): return .json(shared.withState { $0.faultList })
        case ("DELETE", 1):
            shared.withState { $0.faults = [] }
            return .empty(204)
        case ("DELETE", 2):
            shared.withState { state in state.faults.removeAll { "\($0.id)" == path[1] } }
            return .empty(204)
        default: throw ControlRefusal.notFound("route")
        }
    }
}

extension SalesforceState {
    /// Lets access tokens die, of one user or of all; the count of those that died.
    fileprivate mutating func expireTokens(of user: RecordID?) -> Int {
        let before = accessTokens.count
        accessTokens = accessTokens.filter { user != nil && $0.value.userID != user }
        return before - accessTokens.count
    }

    /// Revokes grants, of one user or of all; the count of those that died.
    fileprivate mutating func revokeGrants(of user: RecordID?) -> Int {
        let live = grants.values.filter {
            $0.revocation == nil && (user == nil || $0.userID == user)
        }
        for grant in live { revoke(grant.id, because: .revoked) }
        return live.count
    }
}
