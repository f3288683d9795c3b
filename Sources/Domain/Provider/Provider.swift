public import FoundationEssentials

/// A task system people can connect: the one seam between this service and the systems it serves.
///
/// Every call that leaves the process throws a ``ProviderError`` that says what to do about it.
public protocol Provider: Sendable {
    /// The name requests and events use for it.
    var id: ProviderID { get }

    /// How long one call for tokens may take in all; whoever holds a lease for it holds it longer.
    var tokenDeadline: Duration { get }

    /// The base URL a person signs in at, or a failure when the host is not allowed.
    func loginURL(for environment: LoginEnvironment) throws(Failure) -> String

    /// Where the browser is sent; pure, so that it is the same when a request is worked off again.
    func authorizationURL(_ request: AuthorizationURLRequest) -> String

    /// What the provider's refusal at the redirect URI means to a person.
    func failure(forRefusal error: String, description: String?) -> Failure

    /// What it most likely means that a browser never came back, as a person is told.
    func failure(forExpiryOf scope: Scope, loginURL: String) -> Failure

    /// Turns a code into tokens.
    func exchange(_ request: CodeExchange) async throws(ProviderError) -> Tokens

    /// Turns a refresh token into new tokens; a `nil` refresh token in them means the old one stays.
    func refresh(_ tokens: Tokens, loginURL: String) async throws(ProviderError) -> Tokens

    /// Gets an access token for one of the provider's users on this service's own word, RFC 7523.
    ///
    /// - Returns: tokens without a refresh token; `nil` where this service was given no key for it.
    /// - Throws: `reject` when the user's administrator has not allowed it.
    func assertIdentity(
        of username: String,
        loginURL: String
    ) async throws(ProviderError) -> Tokens?

    /// Ends a grant. That it has ended already is not an error.
    func revoke(_ tokens: Tokens, loginURL: String) async throws(ProviderError)

    /// Reads who the tokens belong to.
    func identify(_ tokens: Tokens) async throws(ProviderError) -> ProviderIdentity

    /// Makes the first data call: only it tells whether the organization and this user may use the API.
    func probe(
        _ tokens: Tokens,
        identity: ProviderIdentity
    ) async throws(ProviderError) -> ProviderAccount

    /// Makes a data call whose answer nobody needs but for whether it is refused.
    func checkAccess(session: ProviderSession) async throws(ProviderError)

    /// What a person is told whose user may not use the API although their organization may; `refusal`
    /// is what the provider's answer alone would mean.
    func failure(forUserWithoutAPI refusal: Failure) -> Failure

    /// Reads what has become of a person's tasks since an instant, in as few calls as can be.
    func changes(
        since: Date,
        session: ProviderSession
    ) async throws(ProviderError) -> TaskChanges

    /// Reads one page of a person's tasks.
    func tasks(_ query: TaskQuery, session: ProviderSession) async throws(ProviderError) -> TaskPage

    /// Reads the ids of a person's open tasks.
    func openTaskIDs(session: ProviderSession) async throws(ProviderError) -> OpenTaskIDs

    /// Finds out what became of tasks that are no longer in a person's open list.
    func fates(
        of ids: [String],
        session: ProviderSession
    ) async throws(ProviderError) -> TaskFates
}

/// What an authorization URL is made of.
public struct AuthorizationURLRequest: Sendable {
    /// The host to sign in at, as ``Provider/loginURL(for:)`` gave it.
    public var loginURL: String
    /// Where the browser comes back to; the code exchange must name the same.
    public var redirectURI: String
    /// What must come back with the code; only its fingerprint is stored.
    public var state: Secret
    /// BASE64URL(SHA256(verifier)), RFC 7636.
    public var codeChallenge: String
    /// The user name to fill in on the log-in page, when one is known.
    public var loginHint: String?

    /// Makes a request; the verifier behind the challenge is not part of it.
    public init(
        loginURL: String,
        redirectURI: String,
        state: Secret,
        codeChallenge: String,
        loginHint: String?
    ) {
        self.loginURL = loginURL
        self.redirectURI = redirectURI
        self.state = state
        self.codeChallenge = codeChallenge
        self.loginHint = loginHint
    }
}

/// What a code is exchanged with.
public struct CodeExchange: Sendable {
    /// The host the code was issued at.
    public var loginURL: String
    /// The same redirect URI as in the authorization URL, character for character.
    public var redirectURI: String
    /// What came back at the redirect URI; good for one use.
    public var code: Secret
    /// What the authorization URL's challenge was made from.
    public var verifier: Secret

    /// Makes an exchange.
    public init(loginURL: String, redirectURI: String, code: Secret, verifier: Secret) {
        self.loginURL = loginURL
        self.redirectURI = redirectURI
        self.code = code
        self.verifier = verifier
    }
}

/// What the provider issued.
public struct Tokens: Hashable, Sendable {
    /// Sent with every API call.
    public var access: Secret
    /// Exchanged for the next access token; `nil` when the provider issued none.
    public var refresh: Secret?
    /// Where API calls go; checked against the allowed hosts by the provider that issued it.
    public var instanceURL: String
    /// The provider's URL of the identity these tokens are for.
    public var identityURL: String

    /// Makes a set of tokens; nothing is checked here.
    public init(access: Secret, refresh: Secret?, instanceURL: String, identityURL: String) {
        self.access = access
        self.refresh = refresh
        self.instanceURL = instanceURL
        self.identityURL = identityURL
    }
}

/// What an API call on a person's behalf needs.
public struct ProviderSession: Sendable {
    /// Sent with every call.
    public var accessToken: Secret
    /// Where the calls go.
    public var instanceURL: String
    /// The person's id at the provider.
    public var accountID: String

    /// Makes a session; it is good for as long as its token is.
    public init(accessToken: Secret, instanceURL: String, accountID: String) {
        self.accessToken = accessToken
        self.instanceURL = instanceURL
        self.accountID = accountID
    }
}

/// Which tasks to read.
public struct TaskQuery: Sendable {
    /// Which tasks, whatever the page.
    public var selection: Selection
    /// Where the page before ended; `nil` for the first.
    public var after: TaskCursor?

    /// Makes a query; without a cursor it asks for the first page.
    public init(_ selection: Selection, after: TaskCursor? = nil) {
        self.selection = selection
        self.after = after
    }

    /// What is read.
    public enum Selection: Hashable, Sendable {
        /// Everything that is not closed.
        case open
        /// Everything changed at or after an instant: closed, deleted or archived too.
        case changed(since: Date)
    }
}

/// A place in the order (changed at, id), stable however often pages are read again.
public struct TaskCursor: Hashable, Sendable {
    /// The provider's timestamp of the last task read, in the provider's own text form.
    public var timestamp: String
    /// The id of the last task read, which orders tasks of equal timestamps.
    public var id: String

    /// Makes a cursor from a task that has been read.
    public init(timestamp: String, id: String) {
        self.timestamp = timestamp
        self.id = id
    }
}

/// One page of tasks.
public struct TaskPage: Sendable {
    /// In the order of their cursor: changed at, then id.
    public var tasks: [ProviderTask]
    /// Tasks of this page that are deleted.
    public var deleted: [String]
    /// Where to go on, or `nil` after the last page.
    public var next: TaskCursor?
    /// The provider's clock when it answered, if it said.
    public var providerTime: Date?
    /// How many calls it took.
    public var calls: Int

    /// Makes a page; an empty one may still have a page after it.
    public init(
        tasks: [ProviderTask],
        deleted: [String] = [],
        next: TaskCursor?,
        providerTime: Date?,
        calls: Int
    ) {
        self.tasks = tasks
        self.deleted = deleted
        self.next = next
        self.providerTime = providerTime
        self.calls = calls
    }
}

/// What has become of a person's tasks since an instant.
public struct TaskChanges: Sendable {
    /// What changed, or its first page.
    public var page: TaskPage
    /// Tasks the provider says are deleted for good, of this person or of others.
    public var deleted: [String]
    /// The ids of the open tasks; `nil` when they do not fit into one answer.
    public var open: [String]?
    /// Every change before this instant is visible; `nil` when the provider does not vouch for any.
    public var coveredUntil: Date?

    /// Makes the answer; its calls are the page's.
    public init(page: TaskPage, deleted: [String], open: [String]?, coveredUntil: Date?) {
        self.page = page
        self.deleted = deleted
        self.open = open
        self.coveredUntil = coveredUntil
    }
}

/// The ids of a person's open tasks.
public struct OpenTaskIDs: Sendable {
    /// In no particular order.
    public var ids: [String]
    /// How many calls it took.
    public var calls: Int

    /// Makes the answer.
    public init(ids: [String], calls: Int) {
        self.ids = ids
        self.calls = calls
    }
}

/// What became of tasks.
public struct TaskFates: Sendable {
    /// Tasks that are gone from the person's list, and why.
    public var removed: [String: RemovalReason]
    /// Tasks that are still theirs, as they are now.
    public var present: [ProviderTask]
    /// How many calls it took.
    public var calls: Int

    /// Makes the answer; an id in neither is one the provider said nothing about.
    public init(removed: [String: RemovalReason], present: [ProviderTask], calls: Int) {
        self.removed = removed
        self.present = present
        self.calls = calls
    }
}
