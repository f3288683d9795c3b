public import FoundationEssentials

/// A record ready to be published: what the outbox keeps and the producer sends.
public struct EventRecord: Hashable, Sendable {
    /// Without the configured prefix.
    public var topic: String
    /// What compaction goes by; `nil` only for a dead letter that had none.
    public var key: [UInt8]?
    /// What decides the partition, when that is not the key.
    public var partitioningKey: [UInt8]?
    /// In the order they are sent.
    public var headers: [Header]
    /// `nil` for a tombstone.
    public var value: [UInt8]?

    /// Makes a record; without a partitioning key the key decides the partition.
    public init(
        topic: String,
        key: [UInt8]?,
        partitioningKey: [UInt8]? = nil,
        headers: [Header],
        value: [UInt8]?
    ) {
        self.topic = topic
        self.key = key
        self.partitioningKey = partitioningKey
        self.headers = headers
        self.value = value
    }

    /// A record header; names may repeat, values may be null.
    public struct Header: Hashable, Sendable {
        /// As it is on the wire; case matters to Kafka.
        public var name: String
        /// `nil` is a null value, which is not an empty one.
        public var value: [UInt8]?

        /// Makes a header.
        public init(_ name: String, _ value: [UInt8]?) {
            self.name = name
            self.value = value
        }
    }
}

/// The request that caused an event.
public struct Cause: Hashable, Sendable {
    /// `ce_id` of the request.
    public var id: String
    /// `ce_source` of the request.
    public var source: String
    /// Which dead letter the request is sent again for; its events are new ones then.
    public var replay: String?
    /// The trace it belongs to, when its sender traces.
    public var trace: TraceContext?

    /// Makes a cause; `id` and `source` together are what makes a repeat a repeat.
    public init(
        id: String,
        source: String,
        replay: String? = nil,
        trace: TraceContext? = nil
    ) {
        self.id = id
        self.source = source
        self.replay = replay
        self.trace = trace
    }
}

/// Turns events into records with ids that repeat when the same request is worked off again.
public struct EventEncoder: Sendable {
    /// `ce_source` of everything this service publishes.
    public static let source = "/integration-worker"
    /// Chosen once at random; changing it changes the id of every event.
    private static let namespace = UUID(
        uuid: (
            0x6f, 0x1c, 0x2f, 0x0a, 0x9f, 0x57, 0x4f, 0x0e, 0x8b, 0x0c, 0x0d, 0x6a, 0x5d, 0x3f,
            0x7a, 0x11
        )
    )

    /// What every event of this encoder names as `ce_causationid`.
    public let cause: Cause
    /// `ce_time`, UTC.
    public let time: String
    /// The number of the next event of this request.
    public private(set) var ordinal: Int

    /// Goes on after the events of this request that have been encoded before, `ordinal` of them.
    public init(cause: Cause, time: Date, ordinal: Int = 0) {
        self.cause = cause
        self.time = RFC3339.string(from: time)
        self.ordinal = ordinal
    }

    /// The records of an event: one, or for a removed task the event and then its tombstone.
    public mutating func records(for event: Event) -> [EventRecord] {
        let record = EventRecord(
            topic: event.type.topic,
            key: Array(event.key.utf8),
            partitioningKey: event.partitioningKey.map { Array($0.utf8) },
            headers: headers(type: event.type, subject: event.subject),
            value: event.data(requestID: cause.id)
        )
        guard case .task(let task) = event, task.change == .removed else { return [record] }
        var tombstone = record
        tombstone.headers = []
        tombstone.value = nil
        return [record, tombstone]
    }

    private mutating func headers(type: EventType, subject: String) -> [EventRecord.Header] {
        let again = cause.replay.map { "\n\($0)" } ?? ""
        let name = "\(cause.source)\n\(cause.id)\n\(type.rawValue)\n\(ordinal)\(again)"
        let id = UUID.version5(namespace: Self.namespace, name: name)
        ordinal += 1
        var headers: [EventRecord.Header] = [
            .init("ce_specversion", Array("1.0".utf8)),
            .init("ce_id", Array(id.uuidString.lowercased().utf8)),
            .init("ce_source", Array(Self.source.utf8)),
            .init("ce_type", Array(type.rawValue.utf8)),
            .init("ce_time", Array(time.utf8)),
            .init("ce_subject", Array(subject.utf8)),
            .init("ce_dataschema", Array(type.schema.utf8)),
            .init("ce_causationid", Array(cause.id.utf8)),
            .init("content-type", Array("application/json".utf8)),
        ]
        if let trace = cause.trace {
            headers.append(.init("traceparent", Array(trace.traceparent.utf8)))
            if let state = trace.tracestate {
                headers.append(.init("tracestate", Array(state.utf8)))
            }
        }
        return headers
    }
}
