import Domain

/// What people are told, by what Salesforce said.
extension Failure {
    static let denied = Failure(
        .authorizationDenied,
        message: "Access was denied on the Salesforce page.",
        remedy: "Start again and press Allow."
    )
    static let appBlocked = Failure(
        .appBlocked,
        message: "Your Salesforce administrator has blocked this app.",
        remedy:
            "Ask your Salesforce administrator to press Unblock at Setup → Connected Apps OAuth "
            + "Usage."
    )
    static let appNotApproved = Failure(
        .appNotInstalled,
        message: "Your Salesforce administrator has not approved this app for you.",
        remedy:
            "Ask your Salesforce administrator to add your profile or permission set at Setup → "
            + "Connected Apps → Manage Connected Apps → (this app) → Profiles."
    )
    static let appNotInstalled = Failure(
        .appNotInstalled,
        message: "This app is not installed in the Salesforce organization that was asked.",
        remedy:
            "Ask your Salesforce administrator to press Install at Setup → Connected Apps OAuth "
            + "Usage. If it is installed, the wrong log-in host was asked: start again and choose "
            + "sandbox for a sandbox, production for everything else."
    )
    static let codeRejected = Failure(
        .codeRejected,
        message: "Salesforce did not accept the authorization code.",
        remedy: "Start again from the integrations page and finish within 15 minutes."
    )
    static let codeUnanswered = Failure(
        .providerUnavailable,
        message: "Salesforce did not answer when the authorization code was sent.",
        remedy: "Nothing to do: it is tried again. If it fails, start again from the integrations "
            + "page."
    )
    static let grantRevoked = Failure(
        .grantRevoked,
        message: "Salesforce has ended this connection.",
        remedy: "Connect again from the integrations page."
    )
    static let userInactive = Failure(
        .grantRevoked,
        message: "This Salesforce user or organization is no longer active.",
        remedy: "Ask your Salesforce administrator to activate the user (Setup → Users), then "
            + "connect again."
    )
    static let assertionNotApproved = Failure(
        .grantRevoked,
        message: "Your Salesforce administrator has not let this app act for its users.",
        remedy: "Connect again from the integrations page, or ask your Salesforce administrator to "
            + "pre-authorize the app: Setup → External Client App Manager → (this app) → Policies "
            + "→ Permitted Users → \"Admin approved users are pre-authorized\", then add the "
            + "user's profile or permission set."
    )
    static let assertionNotAccepted = Failure(
        .providerRejected,
        message: "Salesforce does not accept this service's signed assertion.",
        remedy: "The operator should check that SALESFORCE_JWT_PRIVATE_KEY belongs to the "
            + "certificate at Setup → External Client App Manager → (this app) → Edit Settings → "
            + "OAuth Settings → Enable JWT Bearer Flow, and this machine's clock."
    )
    static let refreshUnknown = Failure(
        .grantAmbiguous,
        message: "Salesforce did not answer clearly when the connection was renewed.",
        remedy:
            "Nothing to do: it is tried again. If Salesforce has ended the connection, you will "
            + "be asked to connect again."
    )
    static let refreshRace = Failure(
        .providerUnavailable,
        message: "The connection to Salesforce is being renewed right now.",
        remedy: "Nothing to do: it is tried again shortly."
    )
    static let ipRestricted = Failure(
        .providerRejected,
        message: "Salesforce refuses this service's network address.",
        remedy: "The operator should add the egress addresses to the app's IP allow list; the "
            + "customer's administrator to Setup → Network Access."
    )
    static let appMisconfigured = Failure(
        .providerRejected,
        message: "Salesforce does not accept this service's app configuration.",
        remedy: "The operator should check client id, client secret, callback URL and OAuth flows "
            + "at Setup → External Client App Manager."
    )
    static let apiNotPermitted = Failure(
        .apiNotPermitted,
        message: "Your Salesforce user may not use the API.",
        remedy: "Ask your Salesforce administrator to tick \(EditionAdvice.permissionPath)."
    )
    static let tasksNotReadable = Failure(
        .apiNotPermitted,
        message: "Your Salesforce user may not read tasks, or not all the fields of one.",
        remedy:
            "Ask your Salesforce administrator for read access at Setup → Object Manager → Task "
            + "→ Fields & Relationships → Set Field-Level Security, and for the permission Access "
            + "Activities."
    )
    static let dailyLimit = Failure(
        .quotaExhausted,
        message: "Your Salesforce organization's API calls of the last 24 hours are used up.",
        remedy:
            "Nothing to do: it goes on as calls become free. Usage: Setup → Company Information "
            + "→ API Requests, Last 24 Hours."
    )
    static let tooManyCalls = Failure(
        .rateLimited,
        message: "Salesforce is getting too many calls at once.",
        remedy: "Nothing to do: it is tried again shortly."
    )
    static let unavailable = Failure(
        .providerUnavailable,
        message: "Salesforce does not answer at present.",
        remedy:
            "Nothing to do: it is tried again. Salesforce's state: https://status.salesforce.com"
    )
    static let senseless = Failure(
        .providerUnavailable,
        message: "Salesforce gave an answer that cannot be understood.",
        remedy: "Nothing to do: it is tried again. If it stays, the operator should look at it."
    )
    static let interrupted = Failure(
        .internal,
        message: "The call to Salesforce was interrupted.",
        remedy: "Nothing to do: it is tried again."
    )
    static let malformedRequest = Failure(
        .internal,
        message: "This service asked Salesforce something it does not understand.",
        remedy: "The operator should report the error code as a fault of this service."
    )
    static let sessionNotForAPI = Failure(
        .providerRejected,
        message: "Salesforce does not let this app's sessions use the REST API.",
        remedy: "The operator should check the app's OAuth scopes at Setup → External Client App "
            + "Manager."
    )
    static let versionRetired = Failure(
        .providerRejected,
        message: "Salesforce no longer serves the API version this service uses.",
        remedy: "The operator should raise the configured API version."
    )
    static let securityPolicy = Failure(
        .apiNotPermitted,
        message: "A security policy of your Salesforce organization refuses the request.",
        remedy: "Ask your Salesforce administrator to check Setup → Transaction Security Policies."
    )
    static let refused = Failure(
        .providerRejected,
        message: "Salesforce refused the request.",
        remedy: "The operator should look at the error code in the details."
    )
    static let hostNotAllowed = Failure(
        .providerRejected,
        message: "Salesforce named a host that is not on the list of allowed ones.",
        remedy: "The operator should check the host and, if it is right, add it to "
            + "SALESFORCE_ALLOWED_HOSTS."
    )
    static let loginHostNotAllowed = Failure(
        .providerRejected,
        message: "The login host is not allowed.",
        remedy:
            "Use a My Domain host such as acme.my.salesforce.com, or ask the operator to add it "
            + "to SALESFORCE_ALLOWED_HOSTS."
    )
}
