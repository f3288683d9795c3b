public import Kafka

/// What a worker needs to know.
public struct WorkerConfiguration: Sendable {
    /// `host:port` of the brokers to begin with, separated by commas.
    public var bootstrapServers: String
    /// The consumer group; all replicas share it.
    public var groupID: String
    /// Any librdkafka property, for consumer and producer alike.
    public var kafkaProperties: [String: String]
    /// Put before the name of every topic; empty by default.
    public var topicPrefix: String
    /// How many requests run at once.
    public var maximumInFlight: Int
    /// Where the browser may be sent back to.
    public var redirectURIs: Set<String>
    /// How often each person is synced without being asked.
    public var syncInterval: Duration
    /// How often each person's whole list is held against the provider's.
    public var reconcileInterval: Duration
    /// How long running handlers may take when partitions are given up or the worker stops.
    public var drainBudget: Duration
    /// How long a request that is done is remembered.
    public var inboxRetention: Duration
    /// How many attempts a request has before it fails for good.
    public var maximumAttempts: Int
    /// How many requests of a partition may wait in the database before no more are read.
    public var maximumBacklog: Int
    /// Faults to play on itself; none but in a rehearsal.
    public var rehearsal: Rehearsal?
    /// Names this process in leases and logs.
    public var workerName: String
    /// Written to dead letters.
    public var version: String

    /// Makes a configuration; only what has no sensible default must be named.
    public init(
        bootstrapServers: String,
        groupID: String = "integration-worker",
        kafkaProperties: [String: String] = [:],
        topicPrefix: String = "",
        maximumInFlight: Int = 256,
        redirectURIs: Set<String>,
        syncInterval: Duration = .seconds(900),
        reconcileInterval: Duration = .seconds(86_400),
        drainBudget: Duration = .seconds(20),
        inboxRetention: Duration = .seconds(7 * 86_400),
        maximumAttempts: Int = 8,
        maximumBacklog: Int = 200_000,
        rehearsal: Rehearsal? = nil,
        workerName: String,
        version: String
    ) {
        self.bootstrapServers = bootstrapServers
        self.groupID = groupID
        self.kafkaProperties = kafkaProperties
        self.topicPrefix = topicPrefix
        self.maximumInFlight = maximumInFlight
        self.redirectURIs = redirectURIs
        self.syncInterval = syncInterval
        self.reconcileInterval = reconcileInterval
        self.drainBudget = drainBudget
        self.inboxRetention = inboxRetention
        self.maximumAttempts = maximumAttempts
        self.maximumBacklog = maximumBacklog
        self.rehearsal = rehearsal
        self.workerName = workerName
        self.version = version
    }
}

/// What a worker is doing at the moment.
public struct WorkerStatus: Sendable {
    /// Whether it owns partitions or has been told that it gets none.
    public var hasJoined: Bool
    /// The partitions it owns.
    public var partitions: [String]
    /// How many requests are being handled.
    public var inFlight: Int
    /// How many requests wait behind others of their key or for a free place.
    public var waiting: Int
    /// Received and not yet behind the watermark.
    public var outstanding: Int
    /// How many requests have been handled since it started.
    public var handled: Int
    /// How many attempts failed and were put off since it started.
    public var retried: Int
    /// How many requests of its partitions wait in the database, about.
    public var parked: Int
    /// How many requests and records ended as dead letters since it started.
    public var deadLetters: Int
    /// Committed and not yet known to be delivered.
    public var unpublished: Int
    /// Why the database's last answer was a refusal; `nil` while it does what it is asked.
    public var databaseFailure: String?
    /// Why the last delivery of events failed; `nil` while they are delivered.
    public var publicationFailure: String?
    /// The sum of the offsets up to which everything is done: it moves as long as work is done.
    public var watermark: Int64
    /// What has become of grants since it started.
    public var grants: GrantCounts
    /// What the consumer knows: lag by partition.
    public var consumer: ConsumerStatistics
}
