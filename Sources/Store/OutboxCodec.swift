import Domain

/// Packs the records of one completion into one value, and back.
///
/// Layout, integers big-endian: version (1 byte), then per record topic, key, partitioning key,
/// value, header count (4 bytes) and headers; a byte string is its length (4 bytes, all ones for
/// null) and its bytes.
enum OutboxCodec {
    private static let version: UInt8 = 1

    static func encode(_ records: some Sequence<EventRecord>) -> [UInt8] {
        var bytes = [version]
        for record in records {
            put(Array(record.topic.utf8), to: &bytes)
            put(record.key, to: &bytes)
            put(record.partitioningKey, to: &bytes)
            put(record.value, to: &bytes)
            put(UInt32(record.headers.count), to: &bytes)
            for header in record.headers {
                put(Array(header.name.utf8), to: &bytes)
                put(header.value, to: &bytes)
            }
        }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) throws(StoreError) -> [EventRecord] {
        guard bytes.first == version else {
            throw StoreError(.corruptOutbox, "an outbox row has an unknown layout")
        }
        var reader = Reader(source: bytes, index: 1)
        var records: [EventRecord] = []
        while !reader.isAtEnd {
            let topic = try reader.text()
            let key = try reader.bytes()
            let partitioningKey = try reader.bytes()
            let value = try reader.bytes()
            var headers: [EventRecord.Header] = []
            for _ in 0..<(try reader.count()) {
                headers.append(.init(try reader.text(), try reader.bytes()))
            }
            records.append(
                EventRecord(
                    topic: topic,
                    key: key,
                    partitioningKey: partitioningKey,
                    headers: headers,
                    value: value
                )
            )
        }
        return records
    }

    private static func put(_ value: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func put(_ value: [UInt8]?, to bytes: inout [UInt8]) {
        guard let value else { return put(.max, to: &bytes) }
        put(UInt32(value.count), to: &bytes)
        bytes.append(contentsOf: value)
    }

    private struct Reader {
        let source: [UInt8]
        var index: Int

        var isAtEnd: Bool { index == source.count }

        mutating func count() throws(StoreError) -> UInt32 {
            var value: UInt32 = 0
            for byte in try take(4) { value = value << 8 | UInt32(byte) }
            return value
        }

        mutating func bytes() throws(StoreError) -> [UInt8]? {
            let count = try count()
            return count == .max ? nil : Array(try take(Int(count)))
        }

        mutating func text() throws(StoreError) -> String {
            String(decoding: try bytes() ?? [], as: UTF8.self)
        }

        private mutating func take(_ count: Int) throws(StoreError) -> ArraySlice<UInt8> {
            guard count <= source.count - index else {
                throw StoreError(.corruptOutbox, "an outbox row ends too early")
            }
            defer { index += count }
            return source[index..<index + count]
        }
    }
}
