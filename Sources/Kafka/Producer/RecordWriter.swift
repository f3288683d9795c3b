internal import CRdKafka

/// Gives records to librdkafka, which copies them.
enum RecordWriter {
    /// Enqueues the records in order and returns those the library refused.
    ///
    /// A refusal that may pass, such as a full queue, refuses the rest of the batch as well: none
    /// may overtake. One that is the record's own fault does not.
    static func write(
        _ records: [ProducerRecord],
        _ slots: DeliverySlots,
        to handle: ClientHandle
    ) -> [(index: Int, error: KafkaError)] {
        var refused: [(index: Int, error: KafkaError)] = []
        for (index, record) in records.enumerated() {
            let slot = unsafe slots.start + index
            guard let error = unsafe produce(record, slot, handle) else { continue }
            refused.append((index, error))
            guard error.isRetriable else { continue }
            refused += (index + 1..<records.count).map { ($0, error) }
            break
        }
        return refused
    }

    private static func produce(
        _ record: ProducerRecord,
        _ slot: UnsafeMutablePointer<kafka_delivery_slot>,
        _ handle: ClientHandle
    ) -> KafkaError? {
        var partition: Int32 = -1
        if case .explicit(let chosen) = record.partitioning {
            guard chosen >= 0 else {
                return KafkaError(.unknownPartition, operation: "kafka_produce")
            }
            partition = chosen
        }
        let headers = unsafe makeHeaders(record.headers)
        let result = unsafe withBytes(record.key) { key, keyCount in
            unsafe withBytes(record.value) { value, valueCount in
                unsafe kafka_produce(
                    handle.raw,
                    record.topic,
                    partition,
                    key,
                    keyCount,
                    value,
                    valueCount,
                    headers,
                    slot
                )
            }
        }
        guard result != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        if let headers = unsafe headers { unsafe rd_kafka_headers_destroy(headers) }
        guard result != RD_KAFKA_RESP_ERR__FATAL else {
            return handle.fatalError()
                ?? KafkaError(.fatal, isRetriable: true, isFatal: true, operation: "kafka_produce")
        }
        return KafkaError(KafkaError.Code(result), operation: "kafka_produce")
    }

    private static func makeHeaders(_ headers: [RecordHeader]) -> OpaquePointer? {
        guard !headers.isEmpty else { return nil }
        let list = unsafe rd_kafka_headers_new(headers.count)
        for header in headers {
            _ = unsafe withBytes(header.value) { value, count in
                unsafe rd_kafka_header_add(list, header.name, -1, value, count)
            }
        }
        return unsafe list
    }

    /// A null pointer for `nil`, and for no bytes a pointer that is not null.
    private static func withBytes<Result>(
        _ bytes: [UInt8]?,
        _ body: (UnsafeRawPointer?, Int) -> Result
    ) -> Result {
        guard let bytes else { return body(nil, 0) }
        guard !bytes.isEmpty else {
            return unsafe [0 as UInt8].withUnsafeBytes { unsafe body($0.baseAddress, 0) }
        }
        return unsafe bytes.withUnsafeBytes { unsafe body($0.baseAddress, $0.count) }
    }
}
