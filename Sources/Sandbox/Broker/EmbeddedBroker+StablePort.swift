internal import CLoopbackPort
public import Kafka

extension EmbeddedBroker {
    /// Starts a cluster whose brokers can go down and come up again.
    ///
    /// A broker that goes down gives its port back and needs the same one when it comes up. On a port
    /// that the kernel hands out somebody else may have it by then, so these are below those.
    ///
    /// - Parameters:
    ///   - brokers: how many.
    ///   - topics: the topics to make at once.
    ///   - port: the first broker's, the others take those after it; any stable one if left out.
    /// - Returns: the running cluster.
    /// - Throws: `KafkaError` where a given port is taken.
    public static func onStablePort(
        brokers: Int = 1,
        topics: [Topic] = [],
        port: UInt16? = nil
    ) throws(KafkaError) -> EmbeddedBroker {
        let first = port ?? .random(in: 20_000..<32_000)
        // The brokers' sockets are bound by these calls, on this thread.
        loopback_port_wish(first)
        defer { loopback_port_wish(0) }
        let broker = try EmbeddedBroker(brokers: brokers, topics: topics)
        let wished = (0..<brokers).map { "127.0.0.1:\(Int(first) + $0)" }
        guard port == nil || broker.bootstrapServers == wished.joined(separator: ",") else {
            broker.close()
            throw KafkaError(.wrongState, reason: "port \(first) is taken", operation: "bind")
        }
        return broker
    }
}
