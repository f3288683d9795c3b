public import FoundationEssentials

/// A company's integration with a provider, as the database has it.
public struct CompanyIntegration: Hashable, Sendable {
    /// Whose integration it is.
    public var companyID: CompanyID
    /// The task system it is with.
    public var provider: ProviderID
    /// Whether it is on.
    public var state: IntegrationState
    /// Grows with every change, and a write names the version it read; 0 is not stored yet.
    public var version: Int64
    /// The grant of whoever turned it on; `nil` while it is off.
    public var grantID: UUID?
    /// The provider's organization that is the company's, from the first authorization on.
    public var organizationID: String?
    /// That organization's name when it was last read.
    public var organizationName: String?

    /// Makes what a company has that never turned it on, unless told more.
    public init(
        companyID: CompanyID,
        provider: ProviderID,
        state: IntegrationState = .off,
        version: Int64 = 0,
        grantID: UUID? = nil,
        organizationID: String? = nil,
        organizationName: String? = nil
    ) {
        self.companyID = companyID
        self.provider = provider
        self.state = state
        self.version = version
        self.grantID = grantID
        self.organizationID = organizationID
        self.organizationName = organizationName
    }
}

/// A person's connection to a provider, as the database has it.
public struct UserConnection: Hashable, Sendable {
    /// Whose connection it is, and with which task system.
    public var owner: TaskOwner
    /// Whether syncs run.
    public var state: ConnectionState
    /// Grows with every change of state, and a write names the version it read; 0 is not stored yet.
    public var version: Int64
    /// The grant syncs run with; `nil` while disconnected.
    public var grantID: UUID?
    /// The person's id at the provider.
    public var accountID: String?
    /// Every change the provider made visible before this instant has been seen; `nil` before the
    /// first import is complete.
    public var coveredUntil: Date?

    /// Makes what a person has who never connected, unless told more.
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

    /// Whose authorization page it was started on.
    public var companyID: CompanyID
    /// Part of what encrypts the verifier; says nothing to anyone else.
    public var id: UUID
    /// The task system to authorize at.
    public var provider: ProviderID
    /// Whether it is for the company or for the person.
    public var scope: Scope
    /// Who pressed the button: for the scope `user` also whose connection it becomes.
    public var actor: UserID
    /// Where it stands; only the store moves it on.
    public var state: AttemptState
    /// Where the browser comes back to; the exchange must name the same.
    public var redirectURI: String
    /// The host it was started at; the code is exchanged nowhere else.
    public var loginURL: String
    /// The user name or e-mail that must come back, when the sender knew it.
    public var expectedAccount: String?
    /// What the challenge in the authorization URL was made from; erased at the end.
    public var verifier: Secret
    /// When nobody is expected to come back any more.
    public var expiresAt: Date
    /// The request that works this attempt off; no other may.
    public var requestID: String?

    /// Makes a pending attempt that no request works off yet, unless told more.
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
    /// Whose grant it is; another company's grant for the same user is another grant.
    public var companyID: CompanyID
    /// Part of what encrypts its tokens.
    public var id: UUID
    /// The task system that granted it.
    public var provider: ProviderID
    /// The provider's organization it reaches.
    public var organizationID: String
    /// The provider's user it acts as; one grant each within a company and organization.
    public var accountID: String
    /// What that user signs in with, when it was last read; for messages and assertions.
    public var username: String
    /// Whether its tokens may be used.
    public var state: GrantState
    /// Why it is lost; `nil` in every other state.
    public var lostReason: FailureReason?
    /// Grows with every new set of tokens.
    public var generation: Int64
    /// The host it was granted at; it is refreshed nowhere else.
    public var loginURL: String
    /// What API calls and refreshes are made with; empty once revoked.
    public var tokens: Tokens

    /// Makes an active grant of the first generation, unless told more.
    public init(
        companyID: CompanyID,
        id: UUID,
        provider: ProviderID,
        organizationID: String,
        accountID: String,
        username: String = "",
        state: GrantState = .active,
        lostReason: FailureReason? = nil,
        generation: Int64 = 1,
        loginURL: String,
        tokens: Tokens
    ) {
        self.companyID = companyID
        self.id = id
        self.provider = provider
        self.organizationID = organizationID
        self.accountID = accountID
        self.username = username
        self.state = state
        self.lostReason = lostReason
        self.generation = generation
        self.loginURL = loginURL
        self.tokens = tokens
    }
}
