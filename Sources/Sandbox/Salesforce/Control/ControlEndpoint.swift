#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What tests, demos and a console turn and look at, under `/sandbox/`.
///
/// JSON in, JSON out; loopback only.
/// Organizations are named by id or name, people by id, username or e-mail, tasks by id.
///
/// A simulator on 127.0.0.1 also listens on 127.0.0.2 and 127.0.0.3 where it can, with the same
/// port: the former logs in people of sandboxes only, as `test.salesforce.com`, the latter the
/// others only, as `login.salesforce.com`.
///
/// | Route | Body (all members optional unless said) | Effect |
/// |---|---|---|
/// | GET /sandbox/state | | organizations, people, task counts, grants, sessions, faults, settings |
/// | POST /sandbox/reset | `seed` | start over with the default organizations |
/// | PATCH /sandbox/settings | `refreshTokenRotation`, `requiresPKCE`, `refreshMilliseconds`, `refreshTokenIdleDays`, `approvalsPerUser`, `pageSize`, `locatorIdleSeconds`, `locatorsPerUser`, `slidingSessions`, `jwtPublicKey` (PEM; verifies assertions, empty: not), `codeSuffix` (ends every authorization code) | turn a knob |
/// | PATCH /sandbox/clock | `offsetSeconds` or `advanceSeconds` | move the simulator's clock |
/// | PATCH /sandbox/app | `clientID`, `clientSecret` | the app's new consumer key or secret; all grants and codes of the old ones die |
/// | GET /sandbox/secrets | | `secrets`: every access token, refresh token and code given out, every code, verifier, refresh token and assertion received since the reset; the last 100 000 |
/// | GET, DELETE /sandbox/requests | | counts by endpoint and the last calls; forget them |
/// | POST /sandbox/organizations | `name` (required), `edition`, and as PATCH | new organization |
/// | PATCH /sandbox/organizations/{org} | `name`, `edition`, `sandbox`, `apiEnabled`, `organizationQueryable` (the Organization query is answered all the same), `appPolicy` (`installed`, `blocked`, `adminApproved`, `notInstalled`, `notInstalledSilently`), `dailyLimit`, `appLimit`, `used`, `instanceURL`, `sessionTimeout`, `hiddenFields`, `closedStatuses` | change it |
/// | POST /sandbox/users | `organization`, `email` (both required), `firstName`, `lastName`, and as PATCH | new person |
/// | PATCH /sandbox/users/{user} | `administrator`, `active`, `apiEnabled`, `appApproved`, `firstName`, `lastName`, `email`, `username`, `passwordChanged` | change them |
/// | POST /sandbox/related | `organization`, `type`, `name` (all required), `account` | new account, contact, opportunity, lead, case or queue |
/// | POST /sandbox/tasks | `owner` (required), `count`, `seed`, `ageSeconds`, `spreadSeconds`, `commitInSeconds` (negative: until committed), and as PATCH | new tasks; answers `ids` of the first 2000 |
/// | GET /sandbox/tasks?owner=… | | `tasks`: everything that is a person's, closed and deleted ones too |
/// | GET /sandbox/tasks/{id} | | the task, whoever may see it |
/// | PATCH /sandbox/tasks/{id} | `subject`, `description`, `status`, `priority`, `activityDate`, `owner`, `who`, `what`, `recurrence`, `completedDaysAgo`, `modifiedSecondsAgo`, `commitInSeconds` | change it |
/// | DELETE /sandbox/tasks/{id}?hard=true | | to the recycle bin, or gone without a trace |
/// | POST /sandbox/tasks/{id}/undelete | | back from the recycle bin |
/// | POST /sandbox/activity | `owner` (required), `count`, `seed` | that many random completions, reopenings, renames and deletions |
/// | POST /sandbox/transactions/{number}/commit | | commit a transaction that is open |
/// | POST /sandbox/tokens/expire | `user` | access tokens die, refresh tokens live |
/// | GET /sandbox/grants?user=… | | that person's grants, in the order they were given |
/// | POST /sandbox/grants/revoke | `user` | grants die with all their tokens |
/// | POST, GET, DELETE /sandbox/faults | `kind` (required: `status`, `error`, `oauthError`, `race`, `html`, `delay`, `reset`, `truncate`), `match` {`method`, `path`, `bodyContains`, `user` (whose token or code)}, `times` (1) or `probability` and `seed`, `phase` (`before`, `after`), `status`, `body`, `contentType`, `errorCode`, `message`, `milliseconds`, `bytes` | plan a fault, list them, drop them all |
/// | DELETE /sandbox/faults/{number} | | drop one |
/// | DELETE /sandbox/sessions | | browsers are logged out |
struct ControlEndpoint: Sendable {
    let shared: SharedState
    let log: RequestLog

    /// Answers one control request.
    func reply(to request: WireRequest) -> Reply {
        let path = request.segments.dropFirst().map(String.init)
        do {
            return try route(request, path)
        } catch let refusal as ControlRefusal {
            return .json(["error": .string(refusal.reason)], status: refusal.status)
        } catch {
            return .json(["error": .string("The body does not fit: \(error)")], status: 400)
        }
    }

    private func route(_ request: WireRequest, _ path: [String]) throws -> Reply {
        switch (request.method, path.first, path.count) {
        case ("GET", "state", 1): return .json(shared.withState { $0.overview })
        case ("POST", "reset", 1): return try reset(request)
        case ("PATCH", "settings", 1): return try changeSettings(request)
        case ("PATCH", "clock", 1): return try changeClock(request)
        case ("PATCH", "app", 1): return try changeApp(request)
        case ("GET", "secrets", 1): return secrets()
        case ("GET", "requests", 1): return .json(log.json)
        case ("DELETE", "requests", 1):
            log.clear()
            return .empty(204)
        case ("DELETE", "sessions", 1):
            shared.withState { $0.browserSessions = [:] }
            return .empty(204)
        case (_, "organizations", _): return try organizations(request, path)
        case (_, "users", _): return try users(request, path)
        case (_, "related", 1): return try related(request)
        case (_, "tasks", _): return try tasks(request, path)
        case ("POST", "activity", 1): return try activity(request)
        case ("POST", "transactions", 3): return try commit(path[1])
        case ("GET", "grants", 1): return try grants(request)
        case ("POST", "tokens", 2), ("POST", "grants", 2): return try tokens(request, path)
        case (_, "faults", _): return try faults(request, path)
        default: throw ControlRefusal.notFound("route")
        }
    }

    /// The body, or the empty object where there is none.
    func body<Value: Decodable>(_ request: WireRequest, as type: Value.Type) throws -> Value {
        let bytes = request.body.isEmpty ? Array("{}".utf8) : request.body
        return try JSONDecoder().decode(Value.self, from: Data(bytes))
    }
}

/// Why a control request was not carried out.
struct ControlRefusal: Error, Sendable {
    let status: Int
    let reason: String

    /// Something that is not there.
    static func notFound(_ what: String) -> ControlRefusal {
        ControlRefusal(status: 404, reason: "There is no such \(what).")
    }

    /// Something that does not do.
    static func bad(_ reason: String) -> ControlRefusal {
        ControlRefusal(status: 400, reason: reason)
    }
}
