public import AsyncHTTPClient
public import Domain
public import FoundationEssentials
public import Logging
import NIOCore
import NIOHTTPCompression

/// Salesforce as a task system: OAuth, identity, eligibility, and a person's tasks.
///
/// Every method makes the calls it needs and no more: it never repeats one that failed, and never
/// sends a secret or a token to a host that is not allowed.
public struct SalesforceProvider: Provider {
    /// ``providerID``.
    public let id = SalesforceProvider.providerID

    /// The configured total time of a token call.
    public var tokenDeadline: Duration { configuration.tokenTimeout }

    let configuration: SalesforceConfiguration
    let hosts: HostPolicy
    let wire: Wire
    let now: @Sendable () -> Date

    /// Starts nothing; the client's life is its owner's concern.
    ///
    /// - Parameters:
    ///   - configuration: the app and the hosts it may speak to.
    ///   - client: made by ``makeHTTPClient(maximumConnections:)``.
    ///   - logger: one line at `debug` a call, without secrets and without what was asked.
    ///   - now: the clock that turns "in a while" into an instant.
    public init(
        configuration: SalesforceConfiguration,
        client: HTTPClient,
        logger: Logger,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.configuration = configuration
        self.hosts = HostPolicy(patterns: configuration.allowedHosts)
        self.wire = Wire(client: client, logger: logger)
        self.now = now
    }

    /// The name requests call it by: `salesforce`.
    public static let providerID: ProviderID = {
        guard let id = ProviderID(rawValue: "salesforce") else {
            preconditionFailure("\"salesforce\" is a valid provider id")
        }
        return id
    }()

    /// A client that follows no redirect, repeats nothing and inflates answers.
    ///
    /// Its owner shuts it down.
    ///
    ///
    /// - Parameter maximumConnections: to one host; further calls wait for one.
    /// - Returns: a started client.
    public static func makeHTTPClient(maximumConnections: Int) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: nil)
        )
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            maximumConnections
        configuration.connectionPool.retryConnectionEstablishment = false
        // Shorter than a server's own: a call on a connection that is just being closed has an
        // unknown outcome.
        configuration.connectionPool.idleTimeout = .seconds(15)
        configuration.decompression = .enabled(limit: .size(maximumQueryLength))
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}
