import Domain
import Postgres
import Salesforce
import Store

/// Everything a worker is configured with.
struct WorkerSettings: Sendable {
    var kafka: KafkaSettings
    var groupID: String
    var database: PostgresConfiguration
    var salesforce: SalesforceConfiguration
    var redirectURIs: Set<String>
    var cipher: TokenCipher
    var maximumInFlight: Int
    var maximumAttempts: Int
    var drainBudget: Duration
    var syncInterval: Duration
    var reconcileInterval: Duration
    var inboxRetention: Duration
    var opsHost: String
    var opsPort: Int
    var logs: LogSettings

    /// Reads and checks every key; the first that is missing or malformed is thrown.
    ///
    /// Configuration keys, in the environment or in the file; a secret also as `…_FILE`, the path of
    /// a file that holds it:
    /// - `KAFKA_BOOTSTRAP_SERVERS` (list of `host:port`, required): the brokers to ask first.
    /// - `KAFKA_GROUP_ID` (string, default `integration-worker`): the group whose members share the work.
    /// - `KAFKA_PROPERTIES_<NAME>` (string, optional; secret where the property is): any librdkafka
    ///   property, dots as underscores, such as `KAFKA_PROPERTIES_SECURITY_PROTOCOL`.
    /// - `TOPIC_PREFIX` (string, default empty): stands before the name of every topic.
    /// - `DATABASE_URL` (libpq URI, required, secret): the database with the service's state.
    /// - `SALESFORCE_CLIENT_ID` (string, required): the connected app's consumer key.
    /// - `SALESFORCE_CLIENT_SECRET` (string, required, secret): the connected app's consumer secret.
    /// - `SALESFORCE_JWT_PRIVATE_KEY` (PEM, optional, secret): an RSA key whose certificate the connected
    ///   app has; signs this service in for a user whose refresh token has ended.
    /// - `SALESFORCE_LOGIN_URL` (URL, default `https://login.salesforce.com`): where production users log in.
    /// - `SALESFORCE_ALLOWED_HOSTS` (list of patterns, default Salesforce's own): hosts that may be given
    ///   a secret or a token.
    /// - `SALESFORCE_TOKEN_TIMEOUT` (1s to 60s, default `20s`): how long one call for tokens may take; a
    ///   refresh is leased for three times as long.
    /// - `REDIRECT_URIS` (list of URLs, required): where a browser may be sent back to, compared exactly.
    /// - `TOKEN_ENCRYPTION_KEYS` (`id:base64[,id:base64…]`, required, secret): encrypt tokens at rest; the
    ///   first is current, the others only decrypt.
    /// - `WORKER_MAX_IN_FLIGHT` (1 to 100000, default 256): requests worked off at once.
    /// - `WORKER_MAX_ATTEMPTS` (1 to 100, default 8): attempts a request has before it fails for good.
    /// - `WORKER_DRAIN_BUDGET` (duration of at least 1s, default `20s`): how long running requests may
    ///   take when partitions are given up or the worker stops.
    /// - `INBOX_RETENTION` (duration of at least 1m, default `168h`): how long a request that ended is
    ///   remembered, and a repeat of it recognized.
    /// - `RECONCILE_INTERVAL` (duration of at least 1s, default `24h`): how often each person's whole
    ///   list is held against the provider's.
    /// - `SYNC_INTERVAL` (duration of at least 1s, default `15m`): how often each person is synced unasked.
    /// - `OPS_HOST` (string, default `0.0.0.0`), `OPS_PORT` (0 to 65535, default 8080; 0 takes any that is
    ///   free): where `/live`, `/ready` and `/metrics` are served.
    /// - `LOG_LEVEL` (`trace` to `critical`, default `info`), `LOG_FORMAT` (`json` or `console`, default
    ///   `json`): what is logged to standard error.
    init(_ source: SettingsSource) throws(SettingsError) {
        logs = try LogSettings(source)
        kafka = try KafkaSettings(source)
        groupID = source.text("KAFKA_GROUP_ID") ?? "integration-worker"
        database = try Self.database(source)
        salesforce = try Self.salesforce(source)
        redirectURIs = try Self.redirectURIs(source)
        cipher = try Self.cipher(source)
        maximumInFlight = try source.number("WORKER_MAX_IN_FLIGHT", default: 256, in: 1...100_000)
        maximumAttempts = try source.number("WORKER_MAX_ATTEMPTS", default: 8, in: 1...100)
        drainBudget = try source.duration("WORKER_DRAIN_BUDGET", default: .seconds(20))
        inboxRetention = try source.duration("INBOX_RETENTION", default: .seconds(7 * 86_400))
        syncInterval = try Self.syncInterval(source)
        reconcileInterval = try source.duration("RECONCILE_INTERVAL", default: .seconds(86_400))
        opsHost = source.text("OPS_HOST") ?? "0.0.0.0"
        opsPort = try source.number("OPS_PORT", default: 8080, in: 0...65_535)
    }

    /// The database alone, for commands that need nothing else.
    static func database(_ source: SettingsSource) throws(SettingsError) -> PostgresConfiguration {
        let remedy = "put postgresql://user:password@host:5432/database"
        let url = try source.requiredSecret("DATABASE_URL", remedy)
        do {
            var configuration = try PostgresConfiguration(url: url)
            configuration.applicationName = "integration-worker"
            return configuration
        } catch {
            throw SettingsError(key: "DATABASE_URL", problem: error.reason, remedy: remedy)
        }
    }

    /// The keys alone, for `check` and `keys`.
    static func cipher(_ source: SettingsSource) throws(SettingsError) -> TokenCipher {
        let keys = try source.requiredSecret(
            "TOKEN_ENCRYPTION_KEYS",
            "put id:base64 with a key of 32 bytes, made with: openssl rand -base64 32"
        )
        do {
            return try TokenCipher(keys: keys)
        } catch {
            throw SettingsError(
                key: "TOKEN_ENCRYPTION_KEYS",
                problem: error.reason,
                remedy: "put id:base64[,id:base64…], the current key first"
            )
        }
    }

    /// The interval alone, for `status`, which says who waits longer.
    static func syncInterval(_ source: SettingsSource) throws(SettingsError) -> Duration {
        try source.duration("SYNC_INTERVAL", default: .seconds(900))
    }

    private static func salesforce(
        _ source: SettingsSource
    ) throws(SettingsError) -> SalesforceConfiguration {
        let clientID = try source.required(
            "SALESFORCE_CLIENT_ID",
            "put the consumer key of the connected app"
        )
        let clientSecret = try source.requiredSecret(
            "SALESFORCE_CLIENT_SECRET",
            "put the consumer secret of the connected app"
        )
        let loginURL = source.text("SALESFORCE_LOGIN_URL") ?? "https://login.salesforce.com"
        guard WebAddress.isOrigin(loginURL) else {
            throw SettingsError(
                key: "SALESFORCE_LOGIN_URL",
                problem: "\"\(loginURL)\" is not the address of a host",
                remedy: "put https://login.salesforce.com, or another https URL without a path"
            )
        }
        return SalesforceConfiguration(
            clientID: clientID,
            clientSecret: Secret(clientSecret),
            assertionKey: try assertionKey(source),
            loginURL: loginURL,
            allowedHosts: try allowedHosts(source),
            tokenTimeout: try source.duration(
                "SALESFORCE_TOKEN_TIMEOUT",
                default: .seconds(20),
                upTo: .seconds(60)
            )
        )
    }

    private static func assertionKey(
        _ source: SettingsSource
    ) throws(SettingsError) -> AssertionKey? {
        let key = "SALESFORCE_JWT_PRIVATE_KEY"
        guard let pem = try source.secret(key) else { return nil }
        do throws(AssertionKeyError) {
            return try AssertionKey(pem: pem)
        } catch {
            throw SettingsError(
                key: key,
                problem: error.reason,
                remedy: "put an RSA key in PEM form, made with: openssl genrsa 2048"
            )
        }
    }

    private static func allowedHosts(
        _ source: SettingsSource
    ) throws(SettingsError) -> [HostPattern] {
        let key = "SALESFORCE_ALLOWED_HOSTS"
        guard let texts = source.list(key), !texts.isEmpty else { return HostPattern.salesforce }
        var patterns: [HostPattern] = []
        for text in texts {
            guard let pattern = HostPattern(text) else {
                throw SettingsError(
                    key: key,
                    problem: "\"\(text)\" is not a host pattern",
                    remedy: "put hosts such as login.salesforce.com or *.my.salesforce.com"
                )
            }
            patterns.append(pattern)
        }
        return patterns
    }

    private static func redirectURIs(
        _ source: SettingsSource
    ) throws(SettingsError) -> Set<String> {
        let key = "REDIRECT_URIS"
        let remedy = "put the dashboard's callback URLs, exactly as it sends them"
        guard let texts = source.list(key), !texts.isEmpty else {
            throw SettingsError(key: key, problem: "missing", remedy: remedy)
        }
        for text in texts where !WebAddress.isURL(text) || text.contains("#") {
            throw SettingsError(
                key: key,
                problem: "\"\(text)\" is not an absolute http or https URL without a fragment",
                remedy: remedy
            )
        }
        return Set(texts)
    }
}
