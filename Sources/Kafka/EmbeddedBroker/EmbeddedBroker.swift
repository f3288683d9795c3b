internal import CRdKafka
internal import Synchronization

/// A small Kafka cluster inside this process, for tests and demonstrations.
///
/// It is librdkafka's mock cluster: it listens on loopback only and serves any client. It has no
/// real transactions, static members or retention, and keeps at most 5 MiB of a partition.
public final class EmbeddedBroker: Sendable {
    /// A topic to make at the start.
    public struct Topic: Hashable, Sendable {
        /// The topic's name.
        public var name: String
        /// How many partitions it has.
        public var partitions: Int

        /// Names a topic.
        public init(_ name: String, partitions: Int) {
            self.name = name
            self.partitions = partitions
        }
    }

    /// What clients connect to.
    public let bootstrapServers: String
    /// How many brokers there are; they are numbered from 1.
    public let brokerCount: Int

    private let cluster: Mutex<Cluster?>

    /// Starts brokers and makes the topics; others are made when first used, with 4 partitions.
    public init(brokers: Int = 1, topics: [Topic] = []) throws(KafkaError) {
        var properties = try ClientProperties(
            [("log_level", "3"), ("client.id", "embedded-broker")],
            events: 0
        )
        let client = unsafe try properties.makeHandle(RD_KAFKA_PRODUCER)
        guard let cluster = unsafe rd_kafka_mock_cluster_new(client, Int32(brokers)) else {
            unsafe rd_kafka_destroy(client)
            throw KafkaError(
                .wrongState,
                reason: "no cluster: is the port taken?",
                isRetriable: false,
                operation: "rd_kafka_mock_cluster_new"
            )
        }
        bootstrapServers = unsafe String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
        brokerCount = brokers
        self.cluster = unsafe Mutex(Cluster(raw: cluster, client: client))
        for topic in topics { try createTopic(topic.name, partitions: topic.partitions) }
    }

    deinit {
        close()
    }

    /// Makes a topic; one that exists is an error.
    public func createTopic(_ name: String, partitions: Int) throws(KafkaError) {
        let replicas = Int32(min(3, brokerCount))
        unsafe try with("rd_kafka_mock_topic_create") { cluster in
            unsafe rd_kafka_mock_topic_create(cluster, name, Int32(partitions), replicas)
        }
    }

    /// Takes a broker away: its connections break and new ones are refused.
    public func setDown(broker: Int) throws(KafkaError) {
        unsafe try with("rd_kafka_mock_broker_set_down") { cluster in
            unsafe rd_kafka_mock_broker_set_down(cluster, Int32(broker))
        }
    }

    /// Brings a broker back, with the records it had.
    public func setUp(broker: Int) throws(KafkaError) {
        unsafe try with("rd_kafka_mock_broker_set_up") { cluster in
            unsafe rd_kafka_mock_broker_set_up(cluster, Int32(broker))
        }
    }

    /// Delays every answer of every broker.
    public func setRoundTripTime(_ duration: Duration) throws(KafkaError) {
        for broker in 1...max(1, brokerCount) {
            unsafe try with("rd_kafka_mock_broker_set_rtt") { cluster in
                unsafe rd_kafka_mock_broker_set_rtt(cluster, Int32(broker), duration.milliseconds)
            }
        }
    }

    /// Answers the next requests of this kind with these errors, one request each.
    public func injectErrors(_ codes: [KafkaError.Code], into request: RequestKind)
        throws(KafkaError)
    {
        let errors = codes.map { rd_kafka_resp_err_t($0.rawValue) }
        unsafe try with("rd_kafka_mock_push_request_errors_array") { cluster in
            unsafe errors.withUnsafeBufferPointer { buffer in
                unsafe rd_kafka_mock_push_request_errors_array(
                    cluster,
                    request.rawValue,
                    buffer.count,
                    buffer.baseAddress
                )
            }
            return RD_KAFKA_RESP_ERR_NO_ERROR
        }
    }

    /// Ends the cluster; a second call does nothing.
    ///
    /// Blocks for some milliseconds.
    public func close() {
        let cluster = cluster.withLock { cluster in
            defer { cluster = nil }
            return cluster
        }
        guard let cluster else { return }
        unsafe rd_kafka_mock_cluster_destroy(cluster.raw)
        unsafe rd_kafka_destroy(cluster.client)
    }

    private func with(
        _ operation: String,
        _ call: (OpaquePointer) -> rd_kafka_resp_err_t
    ) throws(KafkaError) {
        let result: rd_kafka_resp_err_t? = cluster.withLock { cluster in
            guard let cluster else { return nil }
            return unsafe call(cluster.raw)
        }
        guard let result else {
            throw KafkaError(.closed, reason: "the broker is closed", operation: operation)
        }
        try check(result, operation)
    }
}

// Safe because the mock cluster has its own lock and thread, and is freed once.
/// The C objects of a cluster: the mock and the client that carries it.
@safe private struct Cluster: @unchecked Sendable {
    let raw: OpaquePointer
    let client: OpaquePointer
}
