/// How to reach the server, and with how many connections.
public struct PostgresConfiguration: Sendable {
    let parameters: ConnectionParameters

    /// Exclusive connections kept open; default 1.
    public var minimumConnections = 1
    /// Exclusive connections at most, for transactions and scopes; default 4.
    public var maximumConnections = 4
    /// Connections that autocommit statements of all tasks share, pipelined; default 2.
    ///
    /// With 0 each such statement takes an exclusive connection.
    public var sharedConnections = 2
    /// How long a task waits for a connection; default 10 s.
    public var acquireTimeout: Duration = .seconds(10)
    /// How long the server works on one statement; nil, the default, for no limit.
    public var statementTimeout: Duration?
    /// How long making a connection may take; default 10 s.
    public var connectTimeout: Duration = .seconds(10)
    /// What `pg_stat_activity` shows the connections as, if the URL does not say; default `swift-postgres`.
    public var applicationName = "swift-postgres"
    /// What the connections' threads are called, before a number; default `pg`.
    ///
    /// The kernel shows 15 characters of the whole.
    public var threadName = "pg"
    /// Prepared statements kept per connection; default 256.
    ///
    /// 0 prepares none, as a pooler that gives each transaction another session wants.
    public var preparedStatements = 256
    /// Tasks that may wait at once, for a connection or with a statement for one connection, before
    /// further ones are refused; default 10 000.
    public var maximumWaiting = 10_000

    /// Takes a connection URI apart.
    ///
    /// - Parameter url: `postgresql://user:password@host:port/database?sslmode=verify-full&…`, as in the
    ///   PostgreSQL manual, "Connection URIs": every parameter libpq knows is allowed, TLS included.
    /// - Throws: an error of code ``PostgresError/Code/configuration`` that names the fault and no
    ///   part of the password.
    public init(url: String) throws(PostgresError) {
        parameters = try ConnectionParameters(url: url)
    }

    /// What each connection is made with.
    var connectionSettings: ConnectionSettings {
        var parameters = parameters
        parameters.setDefault("application_name", applicationName)
        parameters.setDefault("client_encoding", "UTF8")
        // A dead peer is noticed within a minute.
        parameters.setDefault("keepalives_idle", "30")
        parameters.setDefault("keepalives_interval", "10")
        parameters.setDefault("keepalives_count", "3")
        parameters.setDefault("tcp_user_timeout", "30000")
        if let statementTimeout {
            let (seconds, attoseconds) = statementTimeout.components
            let milliseconds = max(seconds * 1000 + attoseconds / 1_000_000_000_000_000, 1)
            parameters.addOption("-c statement_timeout=\(milliseconds)")
        }
        return ConnectionSettings(
            parameters: parameters,
            connectTimeout: connectTimeout,
            statementTimeout: statementTimeout,
            preparedStatements: preparedStatements,
            queueCapacity: maximumWaiting
        )
    }
}
