public import FoundationEssentials

/// A company's integration with a provider, as the database has it.
public struct CompanyIntegration: Hashable, Sendable {
    public var companyID: CompanyID
    public var provider: ProviderID
    public var state: IntegrationState
    /// Grows with every change; a write names the version it read. 0: not stored yet.
    public var version: Int64
    public var grantID: UUID?
    /// The provider's organization that is the company's, from the first authorization on.
    public var organizationID: String?

    public init(
        companyID: CompanyID,
        provider: ProviderID,
        state: IntegrationState = .off,
        version: Int64 = 0,
        grantID: UUID? = nil,
        organizationID: String? = nil
    ) {
        self.companyID = companyID
        self.provider = provider
        self.state = state
        self.version = version
        self.grantID = grantID
        self.organizationID = organizationID
    }
}

/// A person's connection to a provider, as the database has it.
public struct UserConnection: Hashable, Sendable {
    public var owner: TaskOwner
    public var state: ConnectionState
    /// Grows with every change of state; a write names the version it read. 0: not stored yet.
    public var version: Int64
    public var grantID: UUID?
    /// The person's id at the provider.
    public var accountID: String?
    /// Every change the provider made visible before this instant has been seen; `nil` before the
    /// first import is complete.
    public var coveredUntil: Date?

    public init(
        owner: TaskOwner,
        state: ConnectionState = .disconnected,
        version: Int64 = 0,
        grantID: UUID? = nil,
        accountID: String? = nil,
        coveredUntil: Date? = nil
    ) {
        self.owner = owner
        self.state = state
        self.version = version
        self.grantID = grantID
        self.accountID = accountID
        self.coveredUntil = coveredUntil
    }
}

/// An attempt to authorize, as the database has it.
public struct AuthorizationAttempt: Hashable, Sendable {
    /// How long a person has between the authorization URL and coming back.
    public static let lifetime: Duration = .seconds(15 * 60)

    public var companyID: CompanyID
    public var id: UUID
    public var provider: ProviderID
    public var scope: Scope
    /// Who pressed the button: for the scope `user` also whose connection it becomes.
    public var actor: UserID
    public var state: AttemptState
    public var redirectURI: String
    public var loginURL: String
    public var expectedAccount: String?
    public var verifier: Secret
    public var expiresAt: Date
    /// The request that works this attempt off; no other may.
    public var requestID: String?

    public init(
        companyID: CompanyID,
        id: UUID,
        provider: ProviderID,
        scope: Scope,
        actor: UserID,
        state: AttemptState = .pending,
        redirectURI: String,
        loginURL: String,
        expectedAccount: String?,
        verifier: Secret,
        expiresAt: Date,
        requestID: String? = nil
    ) {
        self.companyID = companyID
        self.id = id
        self.provider = provider
        self.scope = scope
        self.actor = actor
        self.state = state
        self.redirectURI = redirectURI
        self.loginURL = loginURL
        self.expectedAccount = expectedAccount
        self.verifier = verifier
        self.expiresAt = expiresAt
        self.requestID = requestID
    }
}

/// What the provider granted for one of its users; shared by the company's and the person's use.
public struct Grant: Hashable, Sendable {
    public var companyID: CompanyID
    public var id: UUID
    public var provider: ProviderID
    public var organizationID: String
    public var accountID: String
    public var state: GrantState
    /// Grows with every new set of tokens.
    public var generation: Int64
    /// The host it was granted at; it is refreshed nowhere else.
    public var loginURL: String
    public var tokens: Tokens

    public init(
        companyID: CompanyID,
        id: UUID,
        provider: ProviderID,
        organizationID: String,
        accountID: String,
        state: GrantState = .active,
        generation: Int64 = 1,
        loginURL: String,
        tokens: Tokens
    ) {
        self.companyID = companyID
        self.id = id
        self.provider = provider
        self.organizationID = organizationID
        self.accountID = accountID
        self.state = state
        self.generation = generation
        self.loginURL = loginURL
        self.tokens = tokens
    }
}
