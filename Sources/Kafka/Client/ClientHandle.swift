internal import CRdKafka
internal import Dispatch

// Safe because librdkafka's handle may be used from any thread; only freeing it needs care,
// and its one owner does that last.
/// A C client handle; whoever holds the value frees it by `destroy`.
@safe struct ClientHandle: @unchecked Sendable {
    let raw: OpaquePointer

    /// Frees the handle on a thread of its own and waits at most this long.
    ///
    /// A partition list or a record still held anywhere makes the C call wait for ever. Blocks;
    /// call it on a dedicated thread.
    func destroy(flags: Int32 = 0, within limit: Duration) throws(KafkaError) {
        let done = DispatchSemaphore(value: 0)
        let handle = self
        try DedicatedThread.start(named: "kafka-destroy") {
            unsafe rd_kafka_destroy_flags(handle.raw, flags)
            done.signal()
        }
        guard done.wait(timeout: .now() + limit.dispatchInterval) == .success else {
            throw KafkaError(
                .timedOut,
                reason: "the handle was not freed within \(limit)",
                operation: "rd_kafka_destroy"
            )
        }
    }

    /// The fatal error the handle has met, if any.
    func fatalError() -> KafkaError? {
        let (code, reason) = unsafe withErrorText { text, size in
            unsafe rd_kafka_fatal_error(raw, text, size)
        }
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        return KafkaError(
            .fatal,
            reason: "\(KafkaError.Code(code)): \(reason)",
            isRetriable: true,
            isFatal: true,
            operation: "rd_kafka_fatal_error"
        )
    }
}

extension Duration {
    var dispatchInterval: DispatchTimeInterval { .milliseconds(Int(milliseconds)) }

    /// Whole milliseconds, rounded up, within what a C timeout can say.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        let fraction = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        guard !overflow, whole < Int64(Int32.max) - 1000 else { return Int32.max }
        return Int32(max(0, whole + fraction))
    }
}
