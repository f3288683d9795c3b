/// The knobs that concern the whole simulator; see the control table for their names.
struct SimulatorSettings: Codable, Sendable {
    /// Whether every refresh gives a new refresh token and spends the old one.
    var refreshTokenRotation = true
    /// Whether an authorization request must carry a code challenge.
    var requiresPKCE = true
    /// How long a refresh takes, in milliseconds; a second one meanwhile is refused.
    var refreshMilliseconds = 0
    /// After how many days without use a refresh token dies.
    var refreshTokenIdleDays = 30
    /// How many approvals one user may give one app.
    var approvalsPerUser = 5
    /// The greatest page of a query.
    var pageSize = 2000
    /// How long a query locator may rest unused, in seconds.
    var locatorIdleSeconds = 2 * 86_400
    /// How many query locators one user may have open.
    var locatorsPerUser = 10
    /// Whether using an access token keeps it alive.
    var slidingSessions = true
    /// What the signature of an assertion is verified with, PEM; nil accepts any signature.
    var jwtPublicKey: String?
    /// What every authorization code ends in.
    var codeSuffix = ""
}
