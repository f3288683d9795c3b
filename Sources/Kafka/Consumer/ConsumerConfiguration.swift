/// What a consumer connects to, reads and keeps in memory.
public struct ConsumerConfiguration: Sendable {
    /// The brokers to ask first, as `host:port[,host:port…]`.
    public var bootstrapServers: String
    /// The consumer group that shares the topics' partitions.
    public var groupID: String
    /// The topics to read.
    public var topics: [String]
    /// Any librdkafka property, such as `group.instance.id`; these override everything else.
    public var properties: [String: String]
    /// How many undelivered records may wait in memory: at this number reading stops, at half of
    /// it reading goes on.
    public var maxBufferedRecords: Int
    /// How many records one event carries at most.
    public var maxBatch: Int
    /// How often the statistics are renewed.
    public var statisticsInterval: Duration
    /// How long a revocation waits for its completion before the partitions are given up anyway.
    public var drainTimeout: Duration
    /// How long leaving the group may take, and then again freeing the client.
    public var leaveTimeout: Duration

    /// Makes a configuration with the usual limits.
    public init(
        bootstrapServers: String,
        groupID: String,
        topics: [String],
        properties: [String: String] = [:],
        maxBufferedRecords: Int = 2000,
        maxBatch: Int = 500,
        statisticsInterval: Duration = .seconds(1),
        drainTimeout: Duration = .seconds(60),
        leaveTimeout: Duration = .seconds(10)
    ) {
        self.bootstrapServers = bootstrapServers
        self.groupID = groupID
        self.topics = topics
        self.properties = properties
        self.maxBufferedRecords = maxBufferedRecords
        self.maxBatch = maxBatch
        self.statisticsInterval = statisticsInterval
        self.drainTimeout = drainTimeout
        self.leaveTimeout = leaveTimeout
    }
}

extension ConsumerConfiguration {
    /// All properties, the caller's last.
    var allProperties: [(name: String, value: String)] {
        let defaults: [(name: String, value: String)] = [
            ("bootstrap.servers", bootstrapServers),
            ("group.id", groupID),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "earliest"),
            ("partition.assignment.strategy", Librdkafka.defaultAssignor()),
            ("reconnect.backoff.max.ms", "1000"),
            // What may wait of each partition behind a full buffer. A smaller bound would cost: a
            // fetcher that finds too much sleeps for up to a second.
            ("queued.max.messages.kbytes", "4096"),
            ("statistics.interval.ms", "\(statisticsInterval.milliseconds)"),
            ("log.queue", "true"),
        ]
        return defaults + properties.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
