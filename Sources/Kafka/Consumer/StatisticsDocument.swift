internal import FoundationEssentials

/// The part of librdkafka's statistics that tells of partitions, see its `STATISTICS.md`.
struct StatisticsDocument: Decodable {
    struct Topic: Decodable {
        var partitions: [String: Partition]
    }

    struct Partition: Decodable {
        var lowWatermark: Int64
        var highWatermark: Int64
        var committed: Int64

        enum CodingKeys: String, CodingKey {
            case lowWatermark = "lo_offset"
            case highWatermark = "hi_offset"
            case committed = "committed_offset"
        }
    }

    struct Broker: Decodable {
        var state: String
    }

    var topics: [String: Topic]
    var brokers: [String: Broker]

    var isConnected: Bool { brokers.values.contains { $0.state == "UP" } }

    init(json: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
    }

    /// The partition's figures; the library writes unknown ones as negative numbers.
    func partition(_ name: TopicPartition, position: Offset?) -> ConsumerStatistics.Partition {
        var result = ConsumerStatistics.Partition(position: position)
        guard let found = topics[name.topic]?.partitions[String(name.partition)] else {
            return result
        }
        if found.committed >= 0 { result.committed = Offset(rawValue: found.committed) }
        guard found.highWatermark >= 0 else { return result }
        result.highWatermark = Offset(rawValue: found.highWatermark)
        let start = found.committed >= 0 ? found.committed : max(0, found.lowWatermark)
        result.lag = max(0, found.highWatermark - start)
        return result
    }
}
