/// Where a simulated Salesforce listens and which app it knows.
public struct SalesforceSimulatorConfiguration: Sendable {
    /// The address to bind; beside 127.0.0.1 also 127.0.0.2 and 127.0.0.3, where they can be bound.
    ///
    /// Control requests are answered to loopback peers only.
    public var host: String
    /// The port to bind; 0 takes any that is free.
    public var port: Int
    /// The connected app's consumer key.
    public var clientID: String
    /// The connected app's consumer secret.
    public var clientSecret: String
    /// The redirect URIs registered for the app, compared exactly.
    public var redirectURIs: Set<String>
    /// The seed of the default organizations' records.
    public var seed: UInt64

    /// A configuration whose defaults serve a test.
    public init(
        host: String = "127.0.0.1",
        port: Int = 0,
        clientID: String = "sandbox-client",
        clientSecret: String = "sandbox-secret",
        redirectURIs: Set<String> = ["http://127.0.0.1/callback"],
        seed: UInt64 = 1
    ) {
        self.host = host
        self.port = port
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.redirectURIs = redirectURIs
        self.seed = seed
    }
}
