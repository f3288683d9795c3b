public import FoundationEssentials

/// What a person is told when something asked for was not done: what happened, whose turn it is, and
/// the next step.
public struct Failure: Error, Hashable, Sendable {
    /// Which of the closed list; it also decides who is responsible and whether to try again.
    public var reason: FailureReason
    /// One sentence for a person; never a secret.
    public var message: String
    /// The next step, with the Setup path where there is one.
    public var remedy: String
    /// When trying again makes sense, if that is known.
    public var retryAt: Date?
    /// Facts that belong to the reason, for example the edition.
    public var details: [String: String]

    /// Uses the reason's own words where none are given.
    public init(
        _ reason: FailureReason,
        message: String? = nil,
        remedy: String? = nil,
        retryAt: Date? = nil,
        details: [String: String] = [:]
    ) {
        self.reason = reason
        self.message = message ?? reason.message
        self.remedy = remedy ?? reason.remedy
        self.retryAt = retryAt
        self.details = details
    }
}

extension Failure {
    /// For who comes back from an authorization that something newer has ended.
    public static let superseded = Failure(
        .authorizationExpired,
        message: "Another authorization, or turning the integration off, has ended this one.",
        remedy: "Start again if you still want to connect."
    )
}

extension FailureReason {
    var message: String { words.message }
    var remedy: String { words.remedy }

    private var words: (message: String, remedy: String) {
        switch self {
        case .notPermitted:
            (
                "Only an owner or admin can change the company's integration.",
                "Ask an owner or admin of your company to do it."
            )
        case .companyIntegrationOff:
            (
                "The integration is not on for your company yet.",
                "Ask an owner or admin to turn it on for the company; then connect yourself."
            )
        case .unknownProvider:
            (
                "There is no integration of that name.",
                "Send one of the providers this service was started with."
            )
        case .redirectNotAllowed:
            (
                "The redirect URI is not on the list of allowed ones.",
                "Add it to REDIRECT_URIS, exactly as the dashboard sends it."
            )
        case .authorizationDenied:
            ("Access was denied on the log-in page.", "Start again and press Allow.")
        case .authorizationExpired:
            ("The authorization was not finished in time.", "Start again.")
        case .authorizationUnknown:
            (
                "This authorization is not known, or has been used already.",
                "Start again from the integrations page."
            )
        case .codeRejected:
            ("The authorization code was not accepted.", "Start again from the integrations page.")
        case .appNotInstalled, .appBlocked, .apiNotEnabled, .apiNotPermitted:
            accessWords
        case .accountMismatch:
            (
                "Another account came back than the one expected.",
                "Sign out there, start again, and sign in with the expected account."
            )
        case .organizationMismatch:
            (
                "That account belongs to another organization than the company's.",
                "Start again and sign in with your account in the company's organization."
            )
        case .accountAlreadyLinked:
            (
                "That account is already connected by another person of your company.",
                "Sign in with your own account, or ask the other person to disconnect first."
            )
        case .grantRevoked, .grantAmbiguous:
            ("Access has ended at the provider.", "Connect again.")
        default: operationalWords
        }
    }

    private var accessWords: (message: String, remedy: String) {
        switch self {
        case .appNotInstalled:
            (
                "The app is not installed or approved in your organization.",
                "Ask your administrator there to install it and to approve it for your profile."
            )
        case .appBlocked:
            (
                "Your organization's administrator has blocked this app.",
                "Ask your administrator there to unblock it."
            )
        case .apiNotEnabled:
            (
                "Your organization has no API access.",
                "Ask your administrator there whether the edition includes API access."
            )
        default:
            (
                "Your user may not use the API.",
                "Ask your administrator there for the permission to use the API."
            )
        }
    }

    private var operationalWords: (message: String, remedy: String) {
        switch self {
        case .quotaExhausted:
            (
                "The organization's daily API calls are used up.",
                "Nothing to do: it goes on as calls become free. More calls can be bought."
            )
        case .rateLimited:
            ("Too many calls at once.", "Nothing to do: it is tried again shortly.")
        case .providerUnavailable:
            ("The provider does not answer at present.", "Nothing to do: it is tried again.")
        case .providerRejected:
            (
                "The provider refused the request.",
                "The operator should look at the details and the provider's error code."
            )
        default:
            (
                "Something went wrong in the integration service.",
                "The operator should look at the log entries of this request."
            )
        }
    }
}
