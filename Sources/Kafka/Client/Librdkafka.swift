internal import CRdKafka

/// The C library this process runs on.
public enum Librdkafka {
    /// The version as text, such as `2.0.2`.
    public static var version: String { unsafe String(cString: rd_kafka_version_str()) }

    /// The version as the library encodes it, `0xMMmmrrpp`.
    static var number: Int32 { rd_kafka_version() }

    /// Cooperative rebalancing loses partitions and hangs in older versions, see
    /// https://github.com/confluentinc/librdkafka/releases/tag/v2.10.0.
    static func defaultAssignor(number: Int32 = Self.number) -> String {
        number >= 0x020a_0000 ? "cooperative-sticky" : "range"
    }
}
