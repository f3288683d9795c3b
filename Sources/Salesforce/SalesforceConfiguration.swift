public import Domain

/// What the Salesforce provider is started with.
public struct SalesforceConfiguration: Sendable {
    /// The app's consumer key.
    public var clientID: String
    /// The app's consumer secret.
    public var clientSecret: Secret
    /// Signs this service's word for a user whose company's connection has ended, RFC 7523; without
    /// it only a person who signs in again can help.
    public var assertionKey: AssertionKey?
    /// Where production users sign in.
    public var loginURL: String
    /// Every host a secret or a token may be sent to.
    public var allowedHosts: [HostPattern]
    /// `67.0` is Summer '26; Salesforce supports a version for at least three years.
    public var apiVersion: String
    /// Tasks a page, 1 to 2000; Salesforce gives at most 2000 an answer.
    public var pageSize: Int
    /// How long a token call may take in all; must be shorter than the lease it is made under.
    public var tokenTimeout: Duration
    /// How long any other call may take in all; Salesforce itself ends a query after 120 seconds.
    public var requestTimeout: Duration
    /// Connections to one host; further calls wait for one.
    public var maximumConcurrency: Int

    /// Values out of range are moved into it.
    public init(
        clientID: String,
        clientSecret: Secret,
        assertionKey: AssertionKey? = nil,
        loginURL: String = "https://login.salesforce.com",
        allowedHosts: [HostPattern] = HostPattern.salesforce,
        apiVersion: String = "67.0",
        pageSize: Int = 2000,
        tokenTimeout: Duration = .seconds(20),
        requestTimeout: Duration = .seconds(60),
        maximumConcurrency: Int = 256
    ) {
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.assertionKey = assertionKey
        self.loginURL = loginURL
        self.allowedHosts = allowedHosts
        self.apiVersion = apiVersion
        self.pageSize = min(max(pageSize, 1), 2000)
        self.tokenTimeout = tokenTimeout
        self.requestTimeout = requestTimeout
        self.maximumConcurrency = max(maximumConcurrency, 1)
    }
}
