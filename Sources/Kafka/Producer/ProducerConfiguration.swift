internal import CRdKafka

/// What a producer connects to and how it ends.
public struct ProducerConfiguration: Sendable {
    /// The brokers to ask first, as `host:port[,host:port…]`.
    public var bootstrapServers: String
    /// Any librdkafka property but `partitioner` and `sticky.partitioning.linger.ms`, which are
    /// the producer's own; these override everything else.
    public var properties: [String: String]
    /// How long closing waits for the delivery of what was sent, and then again for the client
    /// to be freed.
    public var flushTimeout: Duration

    /// Makes a configuration: idempotent, without a delivery deadline, `linger.ms` of 2.
    public init(
        bootstrapServers: String,
        properties: [String: String] = [:],
        flushTimeout: Duration = .seconds(10)
    ) {
        self.bootstrapServers = bootstrapServers
        self.properties = properties
        self.flushTimeout = flushTimeout
    }
}

extension ProducerConfiguration {
    private static let own = ["partitioner", "sticky.partitioning.linger.ms"]

    /// All properties, the caller's over the defaults, the producer's own last.
    func allProperties() throws(KafkaError) -> [(name: String, value: String)] {
        if let name = Self.own.first(where: { properties[$0] != nil }) {
            throw KafkaError(
                .invalidArgument,
                reason: "property \(name): it is the producer's own",
                operation: "ProducerConfiguration"
            )
        }
        let defaults: [(name: String, value: String)] = [
            ("bootstrap.servers", bootstrapServers),
            ("enable.idempotence", "true"),
            ("message.timeout.ms", "0"),
            ("linger.ms", "2"),
            ("compression.codec", "none"),
            ("reconnect.backoff.max.ms", "1000"),
            ("log.queue", "true"),
        ]
        return defaults + properties.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            // Sticky partitions would send records without a key past the partitioner.
            + [("sticky.partitioning.linger.ms", "0")]
    }

    /// Makes a client handle whose queue is ready to be polled.
    func makeHandle() throws(KafkaError) -> ClientHandle {
        var properties = try ClientProperties(
            allProperties(),
            events: ClientProperties.commonEvents | RD_KAFKA_EVENT_DR
        )
        properties.usesSlotPartitioner()
        let raw = unsafe try properties.makeHandle(RD_KAFKA_PRODUCER)
        unsafe rd_kafka_set_log_queue(raw, nil)
        return unsafe ClientHandle(raw: raw)
    }
}
