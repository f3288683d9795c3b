import OrderedCollections

/// Control of the connected app and of what must stay secret.
extension ControlEndpoint {
    private struct AppOrder: Codable {
        var clientID: String?
        var clientSecret: String?
    }

    /// `PATCH /sandbox/app`.
    func changeApp(_ request: WireRequest) throws -> Reply {
        let order = try body(request, as: AppOrder.self)
        let count = shared.withState { state in
            state.rotateApp(
                AppCredentials(
                    clientID: order.clientID ?? state.app.clientID,
                    clientSecret: order.clientSecret ?? state.app.clientSecret
                )
            )
        }
        return .json(["count": .integer(count)])
    }

    /// `GET /sandbox/secrets`.
    func secrets() -> Reply {
        let all = shared.withState { $0.secrets.all }
        return .json(["secrets": .array(all.map { .string($0) })])
    }
}

extension SalesforceState {
    /// Gives the app new credentials; grants, codes and open log-in pages of the old ones die.
    fileprivate mutating func rotateApp(_ credentials: AppCredentials) -> Int {
        app = credentials
        codes = [:]
        pendingRequests = [:]
        let live = grants.values.filter { $0.revocation == nil }
        for grant in live { revoke(grant.id, because: .appRotated) }
        return live.count
    }
}
