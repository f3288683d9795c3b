/// Reads whole topics, as a member of no group: from where they begin to where they end at the start.
public struct KafkaLog: Sendable {
    private let bootstrapServers: String
    private let properties: [String: String]

    /// Names the brokers; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - bootstrapServers: the brokers to ask first, as `host:port[,host:port…]`.
    ///   - properties: any librdkafka property.
    public init(bootstrapServers: String, properties: [String: String] = [:]) {
        self.bootstrapServers = bootstrapServers
        self.properties = properties
    }

    /// Reads topics to their ends; what is written meanwhile is not waited for.
    ///
    /// - Parameters:
    ///   - topics: the topics, all partitions of each.
    ///   - onRecord: is called for each record, in order per partition; the next is read when it
    ///     returns.
    /// - Throws: what `onRecord` throws, or a ``KafkaError``: a topic is not there, no broker answers.
    public func read(
        _ topics: [String],
        onRecord: (ConsumerRecord) async throws -> Void
    ) async throws {
        let cursor = try LogCursor(bootstrapServers: bootstrapServers, properties)
        do {
            try await cursor.open(topics)
            while let records = try await cursor.next() {
                for record in records {
                    try Task.checkCancellation()
                    try await onRecord(record)
                }
            }
        } catch {
            try await cursor.close()
            throw error
        }
        try await cursor.close()
    }
}
