/// Why something asked for was not done: the closed list of the contract.
public enum FailureReason: String, Hashable, Sendable, CaseIterable {
    /// The person's role may not do this.
    case notPermitted = "not-permitted"
    /// The company's integration must be on first.
    case companyIntegrationOff = "company-integration-off"
    /// There is no such task system here.
    case unknownProvider = "unknown-provider"
    /// The redirect URI is not on the configured list.
    case redirectNotAllowed = "redirect-not-allowed"
    /// The person pressed Deny.
    case authorizationDenied = "authorization-denied"
    /// The attempt was not finished in time.
    case authorizationExpired = "authorization-expired"
    /// The state was never issued, is already used, or is another company's.
    case authorizationUnknown = "authorization-unknown"
    /// The provider did not take the code.
    case codeRejected = "code-rejected"
    /// The provider's admin has not installed or approved this app.
    case appNotInstalled = "app-not-installed"
    /// The provider's admin has blocked this app.
    case appBlocked = "app-blocked"
    /// Another provider user came back than the one expected.
    case accountMismatch = "account-mismatch"
    /// The person's organization at the provider is not the company's.
    case organizationMismatch = "organization-mismatch"
    /// That provider user is another person's here.
    case accountAlreadyLinked = "account-already-linked"
    /// The edition or the organization has no API access.
    case apiNotEnabled = "api-not-enabled"
    /// This user may not use the API.
    case apiNotPermitted = "api-not-permitted"
    /// The provider has ended the grant.
    case grantRevoked = "grant-revoked"
    /// A token refresh had an unknown outcome and the grant no longer works.
    case grantAmbiguous = "grant-ambiguous"
    /// The organization's daily calls are used up.
    case quotaExhausted = "quota-exhausted"
    /// Too many calls at once.
    case rateLimited = "rate-limited"
    /// The provider does not answer, or not sensibly.
    case providerUnavailable = "provider-unavailable"
    /// The provider refuses what was asked for.
    case providerRejected = "provider-rejected"
    /// A fault of this service.
    case `internal` = "internal"

    /// Who can do something about it.
    public var responsible: Responsible {
        switch self {
        case .authorizationDenied, .authorizationExpired, .authorizationUnknown, .codeRejected,
            .accountMismatch, .organizationMismatch, .grantRevoked, .grantAmbiguous:
            .person
        case .notPermitted, .companyIntegrationOff, .accountAlreadyLinked: .companyAdmin
        case .appNotInstalled, .appBlocked, .apiNotEnabled, .apiNotPermitted, .quotaExhausted:
            .customerAdmin
        case .rateLimited, .providerUnavailable: .provider
        case .unknownProvider, .redirectNotAllowed, .providerRejected, .internal: .operator
        }
    }

    /// Whether the same request may succeed later with nothing changed.
    public var isRetryable: Bool {
        switch self {
        case .quotaExhausted, .rateLimited, .providerUnavailable, .internal: true
        default: false
        }
    }
}

/// Who can do something about a failure.
public enum Responsible: String, Hashable, Sendable, CaseIterable {
    case person
    case companyAdmin = "company-admin"
    /// The administrator of the customer's organization at the provider.
    case customerAdmin = "customer-admin"
    case provider
    case `operator`
}
