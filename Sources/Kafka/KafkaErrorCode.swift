internal import CRdKafka

extension KafkaError {
    /// An error number; the list is open, as a newer broker may send others.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// librdkafka's `rd_kafka_resp_err_t`.
        public var rawValue: Int32

        /// Wraps any number, known or not.
        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        init(_ code: rd_kafka_resp_err_t) {
            self.init(rawValue: code.rawValue)
        }

        /// The library's name, as in `_TIMED_OUT`.
        public var description: String {
            unsafe String(cString: rd_kafka_err2name(rd_kafka_resp_err_t(rawValue)))
        }

        /// The library's sentence.
        var summary: String {
            unsafe String(cString: rd_kafka_err2str(rd_kafka_resp_err_t(rawValue)))
        }

        /// Whether an error of this code alone may pass by itself.
        var isRetriable: Bool { Self.retriable.contains(self) }
    }
}

extension KafkaError.Code {
    /// The client is closed, or was closed before the call was done.
    public static let closed = Self(RD_KAFKA_RESP_ERR__DESTROY)
    /// The client handle failed for good.
    public static let fatal = Self(RD_KAFKA_RESP_ERR__FATAL)
    /// An argument or a configuration property is not valid.
    public static let invalidArgument = Self(RD_KAFKA_RESP_ERR__INVALID_ARG)
    /// The call makes no sense in the client's present state.
    public static let wrongState = Self(RD_KAFKA_RESP_ERR__STATE)
    /// Time ran out in the client.
    public static let timedOut = Self(RD_KAFKA_RESP_ERR__TIMED_OUT)
    /// A record was not delivered within `message.timeout.ms`.
    public static let messageTimedOut = Self(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT)
    /// The producer's queue is full.
    public static let queueFull = Self(RD_KAFKA_RESP_ERR__QUEUE_FULL)
    /// A record was purged before it was sent.
    public static let purgedFromQueue = Self(RD_KAFKA_RESP_ERR__PURGE_QUEUE)
    /// A record was purged while it was under way: the broker may have it.
    public static let purgedInFlight = Self(RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
    /// A connection was lost or could not be made.
    public static let transport = Self(RD_KAFKA_RESP_ERR__TRANSPORT)
    /// No broker can be reached; the client keeps trying.
    public static let allBrokersDown = Self(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    /// The partitions were lost to another member of the group.
    public static let assignmentLost = Self(RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST)
    /// The client does not know the partition.
    public static let unknownPartition = Self(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
    /// The client does not know the topic.
    public static let unknownTopic = Self(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
    /// The broker does not know the topic or the partition.
    public static let unknownTopicOrPartition = Self(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    /// The broker finds the record too large.
    public static let messageTooLarge = Self(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    /// The broker does not let this client use the topic.
    public static let topicAuthorizationFailed = Self(
        RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED
    )
    /// The partition has too few replicas in sync.
    public static let notEnoughReplicas = Self(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS)
    /// The group has moved on to another generation.
    public static let illegalGeneration = Self(RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION)
    /// The group does not know this member any more.
    public static let unknownMember = Self(RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID)
    /// The group is rebalancing.
    public static let rebalanceInProgress = Self(RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS)
    /// An idempotent producer's sequence was broken.
    public static let outOfOrderSequence = Self(
        RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER
    )

    /// Codes that say nothing is wrong with the call itself.
    private static let retriable: Set<Self> = [
        .timedOut, .messageTimedOut, .queueFull, .purgedFromQueue, .purgedInFlight, .transport,
        .allBrokersDown, .notEnoughReplicas, .rebalanceInProgress,
        Self(RD_KAFKA_RESP_ERR__WAIT_COORD), Self(RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT),
        Self(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE),
        Self(RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION),
        Self(RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS),
        Self(RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE),
        Self(RD_KAFKA_RESP_ERR_NOT_COORDINATOR),
        Self(RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND),
        Self(RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION),
    ]
}
