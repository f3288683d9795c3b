internal import Kafka

/// One line of orders to a sandbox broker.
///
/// `down [BROKER]`, `up [BROKER]`, `rtt MILLISECONDS`, `errors KIND COUNT CODE`,
/// `topic NAME PARTITIONS` and `quit`; brokers are numbered from 1, and none named means all.
/// KIND is `produce`, `fetch`, `metadata`, `commit`, `join`, `heartbeat` or an API key, CODE an
/// error number of the protocol.
public enum BrokerCommand: Hashable, Sendable {
    /// Takes a broker away; `nil`: all of them.
    case down(Int?)
    /// Brings a broker back; `nil`: all of them.
    case up(Int?)
    /// Delays every answer by this many milliseconds.
    case roundTripTime(milliseconds: Int)
    /// Answers the next requests of a kind with an error.
    case errors(apiKey: Int16, count: Int, code: Int32)
    /// Makes a topic.
    case topic(String, partitions: Int)
    /// Ends the broker.
    case quit

    /// Reads a line; `nil` where it is none of the orders.
    public init?(_ line: String) {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        let numbers = words.map { Int($0) }
        switch (words.first, words.count) {
        case ("down", 1): self = .down(nil)
        case ("up", 1): self = .up(nil)
        case ("quit", 1): self = .quit
        case ("down", 2):
            guard let broker = numbers[1] else { return nil }
            self = .down(broker)
        case ("up", 2):
            guard let broker = numbers[1] else { return nil }
            self = .up(broker)
        case ("rtt", 2):
            guard let milliseconds = numbers[1], milliseconds >= 0 else { return nil }
            self = .roundTripTime(milliseconds: milliseconds)
        case ("topic", 3):
            guard let partitions = numbers[2], partitions > 0 else { return nil }
            self = .topic(words[1], partitions: partitions)
        case ("errors", 4):
            guard let apiKey = Self.apiKey(words[1]), let count = numbers[2],
                (1...10_000).contains(count), let code = Int32(words[3])
            else { return nil }
            self = .errors(apiKey: apiKey, count: count, code: code)
        default: return nil
        }
    }

    private static func apiKey(_ word: String) -> Int16? {
        let kinds: [String: RequestKind] = [
            "produce": .produce, "fetch": .fetch, "metadata": .metadata, "commit": .offsetCommit,
            "join": .joinGroup, "heartbeat": .heartbeat,
        ]
        return kinds[word]?.rawValue ?? Int16(word)
    }
}

extension BrokerCommand {
    /// Carries the order out; `quit` is the caller's.
    func apply(to broker: EmbeddedBroker) throws(KafkaError) {
        switch self {
        case .down(let number):
            for number in Self.brokers(number, broker) { try broker.setDown(broker: number) }
        case .up(let number):
            for number in Self.brokers(number, broker) { try broker.setUp(broker: number) }
        case .roundTripTime(let milliseconds):
            try broker.setRoundTripTime(.milliseconds(milliseconds))
        case .errors(let apiKey, let count, let code):
            let codes = Array(repeating: KafkaError.Code(rawValue: code), count: count)
            try broker.injectErrors(codes, into: RequestKind(rawValue: apiKey))
        case .topic(let name, let partitions):
            try broker.createTopic(name, partitions: partitions)
        case .quit:
            break
        }
    }

    private static func brokers(_ number: Int?, _ broker: EmbeddedBroker) -> [Int] {
        number.map { [$0] } ?? Array(1...max(1, broker.brokerCount))
    }
}
