internal import CRdKafka
internal import Logging

// Safe because the one owner frees the event, and copies all it reads from it.
/// One event of a C queue, freed when the value goes.
@safe struct ClientEvent: ~Copyable {
    let raw: OpaquePointer

    /// Waits for an event at most this long; negative: until one comes or the queue is woken.
    init?(polling queue: OpaquePointer, milliseconds: Int32) {
        guard let event = unsafe rd_kafka_queue_poll(queue, milliseconds) else { return nil }
        unsafe raw = event
    }

    deinit {
        unsafe rd_kafka_event_destroy(raw)
    }

    var type: Int32 { unsafe rd_kafka_event_type(raw) }
    var name: String { unsafe String(cString: rd_kafka_event_name(raw)) }
    var errorCode: rd_kafka_resp_err_t { unsafe rd_kafka_event_error(raw) }
    var statistics: String { unsafe String(cString: rd_kafka_event_stats(raw)) }
    var partitionList: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>? {
        unsafe rd_kafka_event_topic_partition_list(raw)
    }

    /// The error an error event carries.
    var error: KafkaError {
        let isFatal = unsafe rd_kafka_event_error_is_fatal(raw) != 0
        return unsafe KafkaError(
            KafkaError.Code(errorCode),
            reason: String(cString: rd_kafka_event_error_string(raw)),
            isFatal: isFatal,
            operation: "rd_kafka_queue_poll"
        )
    }

    /// Passes a line of the library's own log on, as `info` at most.
    func log(to logger: Logger) {
        var facility: UnsafePointer<CChar>?
        var text: UnsafePointer<CChar>?
        var level: Int32 = 0
        guard unsafe rd_kafka_event_log(raw, &facility, &text, &level) == 0,
            let facility = unsafe facility, let text = unsafe text
        else { return }
        let line = unsafe String(cString: text)
        let part = unsafe String(cString: facility)
        logger.log(
            // CONFWARN tells each client of properties that are only the other kind's.
            level: level >= 7 || part == "CONFWARN" ? .debug : .info,
            "librdkafka log line",
            metadata: [
                "kafka.log.facility": "\(part)", "kafka.log.level": "\(level)",
                "kafka.log.line": "\(line)",
            ]
        )
    }
}
