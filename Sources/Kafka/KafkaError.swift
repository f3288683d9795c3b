internal import CRdKafka

/// What went wrong in the client, at the broker, or with one record.
public struct KafkaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// librdkafka's number for the error: positive from the broker, negative from the client.
    public var code: Code
    /// The library's sentence for it.
    public var reason: String
    /// Whether the same call may succeed later.
    public var isRetriable: Bool
    /// Whether the client handle that reported it can never work again.
    public var isFatal: Bool
    /// The C function or the step that failed.
    public var operation: String

    /// Makes an error; left out, the sentence and the retriability are those of the code.
    public init(
        _ code: Code,
        reason: String? = nil,
        isRetriable: Bool? = nil,
        isFatal: Bool = false,
        operation: String
    ) {
        self.code = code
        self.reason = reason ?? code.summary
        self.isRetriable = isRetriable ?? code.isRetriable
        self.isFatal = isFatal
        self.operation = operation
    }

    /// The operation, the code's name and the reason.
    public var description: String {
        "\(operation): \(code): \(reason)\(isFatal ? " (fatal)" : "")"
    }
}

extension KafkaError {
    /// Takes over an error object of the library and frees it; `nil` is success.
    static func consume(_ error: OpaquePointer?, operation: String) -> KafkaError? {
        guard let error = unsafe error else { return nil }
        defer { unsafe rd_kafka_error_destroy(error) }
        return unsafe KafkaError(
            Code(rd_kafka_error_code(error)),
            reason: String(cString: rd_kafka_error_string(error)),
            isRetriable: rd_kafka_error_is_retriable(error) != 0,
            isFatal: rd_kafka_error_is_fatal(error) != 0,
            operation: operation
        )
    }
}

/// Throws where a C call of this name reports a failure.
func check(_ result: rd_kafka_resp_err_t, _ operation: String) throws(KafkaError) {
    guard result != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
    throw KafkaError(KafkaError.Code(result), operation: operation)
}

/// Throws where a C call of this name returns an error object, which is freed.
func check(_ error: OpaquePointer?, _ operation: String) throws(KafkaError) {
    guard let error = unsafe KafkaError.consume(error, operation: operation) else { return }
    throw error
}
