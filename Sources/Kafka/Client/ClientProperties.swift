internal import CRdKafka

// Safe because the one owner frees the configuration unless a handle has taken it over.
/// Owns a librdkafka configuration until a client handle takes it over.
@safe struct ClientProperties: ~Copyable {
    private var configuration: OpaquePointer?

    /// Events every client wants as values instead of callbacks.
    static let commonEvents = RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS

    init(_ properties: [(name: String, value: String)], events: Int32) throws(KafkaError) {
        unsafe configuration = rd_kafka_conf_new()
        for (name, value) in properties { try set(name, to: value) }
        unsafe rd_kafka_conf_set_events(configuration, events)
    }

    deinit {
        guard let configuration = unsafe configuration else { return }
        unsafe rd_kafka_conf_destroy(configuration)
    }

    /// Makes records choose their partition by their delivery slot.
    func usesSlotPartitioner() {
        guard let topic = unsafe rd_kafka_conf_get_default_topic_conf(configuration) else { return }
        unsafe kafka_set_slot_partitioner(topic)
    }

    /// Makes the client handle; it owns the configuration from then on.
    mutating func makeHandle(_ type: rd_kafka_type_t) throws(KafkaError) -> OpaquePointer {
        let (handle, reason) = unsafe withErrorText { text, size in
            unsafe rd_kafka_new(type, configuration, text, size)
        }
        guard let handle = unsafe handle else {
            throw KafkaError(.invalidArgument, reason: reason, operation: "rd_kafka_new")
        }
        unsafe configuration = nil
        return unsafe handle
    }

    private func set(_ name: String, to value: String) throws(KafkaError) {
        let (result, reason) = unsafe withErrorText { text, size in
            unsafe rd_kafka_conf_set(configuration, name, value, text, size)
        }
        guard result != RD_KAFKA_CONF_OK else { return }
        let shown = Self.isSecret(name) ? "the value is not valid" : reason
        throw KafkaError(
            .invalidArgument,
            reason: "property \(name): \(shown)",
            operation: "rd_kafka_conf_set"
        )
    }

    /// The library repeats a refused value in its sentence, which must not happen to these.
    private static func isSecret(_ name: String) -> Bool {
        ["password", "secret", "jaas", "oauthbearer", "key.pem"].contains { name.contains($0) }
    }
}

/// Calls a C function that writes a sentence where it fails; returns its result and the sentence.
func withErrorText<Result>(
    _ body: (UnsafeMutablePointer<CChar>, Int) -> Result
) -> (Result, String) {
    var text = [CChar](repeating: 0, count: 512)
    let result = unsafe text.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { preconditionFailure("512 bytes have a start") }
        return unsafe body(start, buffer.count)
    }
    let sentence = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return (result, String(decoding: sentence, as: UTF8.self))
}
