/// What a neighbour asks of this service.
public enum Request: Hashable, Sendable {
    case enable(EnableRequest)
    case authorize(AuthorizeRequest)
    case disable(DisableRequest)
    case sync(SyncRequest)
    case erase(EraseRequest)

    /// The company it concerns.
    public var companyID: CompanyID {
        switch self {
        case .enable(let request): request.companyID
        case .authorize(let request): request.companyID
        case .disable(let request): request.companyID
        case .sync(let request): request.companyID
        case .erase(let request): request.owner.companyID
        }
    }

    /// The task system it concerns, which may be one this service does not know.
    public var provider: ProviderID {
        switch self {
        case .enable(let request): request.provider
        case .authorize(let request): request.provider
        case .disable(let request): request.provider
        case .sync(let request): request.provider
        case .erase(let request): request.owner.provider
        }
    }

    /// Requests with one ordering key are worked off one after the other.
    public var orderingKey: String {
        switch self {
        case .enable, .authorize, .disable: "integration/\(companyID)"
        case .sync(let request):
            request.userID.map { "sync/\(companyID)/\($0)" } ?? "sync/\(companyID)"
        case .erase(let request): "sync/\(companyID)/\(request.owner.userID)"
        }
    }
}

/// Whom an integration is for.
public enum Scope: String, Codable, Hashable, Sendable, CaseIterable {
    /// The whole company; an owner or admin turns it on.
    case company
    /// One person, for themselves, once the company's is on.
    case user
}

/// What a person is in their company.
public enum Role: String, Codable, Hashable, Sendable, CaseIterable {
    case owner, admin, manager, user

    /// Whether this role may turn a company's integration on and off.
    public var mayManageCompanyIntegrations: Bool { self == .owner || self == .admin }
}

/// Who pressed the button.
public struct Actor: Hashable, Sendable {
    /// The person, in the time tracker.
    public var userID: UserID
    /// What the sender vouches that they are.
    public var role: Role

    /// Makes an actor; the sender vouches for the role.
    public init(userID: UserID, role: Role) {
        self.userID = userID
        self.role = role
    }
}

/// Which login host of the provider a person signs in at.
public enum LoginEnvironment: Hashable, Sendable {
    case production
    case sandbox
    /// A host of the customer's own, for example `acme.my.salesforce.com`.
    case host(String)
}

/// `integration.enable.v1`: turn it on.
public struct EnableRequest: Hashable, Sendable {
    /// The company it is turned on for.
    public var companyID: CompanyID
    /// The task system to connect; it may be one this service does not know.
    public var provider: ProviderID
    /// Whether for the whole company or for the actor alone.
    public var scope: Scope
    /// Who pressed the button; for the scope `user` also whose account is connected.
    public var actor: Actor
    /// Where the provider sends the browser back to; must be on the configured list.
    public var redirectURI: String
    /// Which login host; production unless the sender says otherwise.
    public var environment: LoginEnvironment
    /// The user name or e-mail that must come back, when the sender knows it.
    public var expectedAccount: String?
}

/// `integration.authorize.v1`: what came back at the redirect URI.
public struct AuthorizeRequest: Hashable, Sendable {
    /// The company whose dashboard the browser came back to.
    public var companyID: CompanyID
    /// The task system the browser came back from.
    public var provider: ProviderID
    /// The secret this service put into the authorization URL.
    public var state: String
    /// Who came back, when the sender says so: must be who pressed the button then.
    public var actor: UserID?
    /// What came back beside the state.
    public var outcome: Outcome

    /// Either a code to exchange or the provider's refusal.
    public enum Outcome: Hashable, Sendable {
        case code(String)
        case refused(error: String, description: String?)
    }
}

/// `integration.disable.v1`: turn it off.
public struct DisableRequest: Hashable, Sendable {
    /// The company it is turned off for.
    public var companyID: CompanyID
    /// The task system to disconnect.
    public var provider: ProviderID
    /// Whether for the whole company or for the actor alone.
    public var scope: Scope
    /// Who pressed the button; for the scope `user` also whose account is disconnected.
    public var actor: Actor
    /// Also delete what was imported.
    public var erase: Bool
}

/// `sync.request.v1`: bring a person's tasks up to date, or every connected person's of the company.
public struct SyncRequest: Hashable, Sendable {
    /// The company whose tasks are read.
    public var companyID: CompanyID
    /// The task system to read from.
    public var provider: ProviderID
    /// `nil` for every connected person of the company.
    public var userID: UserID?
    /// How much is read; incremental unless the sender says otherwise.
    public var mode: Mode
    /// Who wants it; decides nothing but what is logged and counted.
    public var reason: Reason

    /// Makes a request; leave `userID` out for everyone of the company.
    public init(
        companyID: CompanyID,
        provider: ProviderID,
        userID: UserID?,
        mode: Mode,
        reason: Reason
    ) {
        self.companyID = companyID
        self.provider = provider
        self.userID = userID
        self.mode = mode
        self.reason = reason
    }

    /// How much is read.
    public enum Mode: String, Codable, Hashable, Sendable, CaseIterable {
        /// What changed since the last sync.
        case incremental
        /// Everything.
        case full
    }

    /// Who wants it.
    public enum Reason: String, Codable, Hashable, Sendable, CaseIterable {
        case manual, schedule, initial
        case providerHint = "provider-hint"
    }
}

/// `tasks.erase.v1`: take everything out of a person's list and forget it; this service's own.
///
/// It goes the way of the person's syncs, so that none of these writes behind its back.
public struct EraseRequest: Hashable, Sendable {
    /// Whose list it is.
    public var owner: TaskOwner

    /// Makes a request.
    public init(owner: TaskOwner) {
        self.owner = owner
    }
}
