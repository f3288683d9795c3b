/// Kafka's partitioning hash, `org.apache.kafka.common.utils.Utils.murmur2`.
enum Murmur2 {
    /// The hash as Java computes it.
    static func hash(_ bytes: [UInt8]) -> Int32 {
        let multiplier: UInt32 = 0x5bd1_e995
        var hash: UInt32 = 0x9747_b28c ^ UInt32(truncatingIfNeeded: bytes.count)
        var index = 0
        while index + 4 <= bytes.count {
            var word = word(at: index, count: 4, of: bytes)
            word = word &* multiplier
            word ^= word >> 24
            word = word &* multiplier
            hash = (hash &* multiplier) ^ word
            index += 4
        }
        if index < bytes.count {
            hash ^= word(at: index, count: bytes.count - index, of: bytes)
            hash = hash &* multiplier
        }
        hash ^= hash >> 13
        hash = hash &* multiplier
        hash ^= hash >> 15
        return Int32(bitPattern: hash)
    }

    /// The hash without its sign bit: modulo the partition count, it is the partition.
    static func positiveHash(_ bytes: [UInt8]) -> Int32 { hash(bytes) & 0x7fff_ffff }

    /// Reads a little-endian word of up to four bytes.
    private static func word(at index: Int, count: Int, of bytes: [UInt8]) -> UInt32 {
        (0..<count).reduce(0) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
    }
}
