internal import FoundationEssentials
public import Kafka
public import Logging

/// A Kafka cluster as a process of its own, steered by lines of ``BrokerCommand``.
public struct BrokerSandbox: Sendable {
    /// What to start.
    public struct Configuration: Sendable {
        /// How many brokers.
        public var brokers: Int
        /// The topics to make at once.
        public var topics: [EmbeddedBroker.Topic]
        /// The first broker's port on loopback, the others on those after it; `nil`: any.
        public var port: UInt16?
        /// A file to write the bootstrap servers to, whole or not at all.
        public var addressFile: String?
        /// Whether the end of the commands ends the broker, as when its parent dies.
        public var endsWithCommands: Bool

        /// Makes a configuration; by default one broker on any port that ends with its commands.
        public init(
            brokers: Int = 1,
            topics: [EmbeddedBroker.Topic] = [],
            port: UInt16? = nil,
            addressFile: String? = nil,
            endsWithCommands: Bool = true
        ) {
            self.brokers = brokers
            self.topics = topics
            self.port = port
            self.addressFile = addressFile
            self.endsWithCommands = endsWithCommands
        }
    }

    private let configuration: Configuration
    private let logger: Logger

    /// Prepares a cluster; nothing is started yet.
    public init(_ configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    /// Serves until `quit`, the end of the commands or the task's cancellation.
    ///
    /// - Parameters:
    ///   - commands: The lines to obey; standard input unless told otherwise.
    ///   - answer: Gets the line `listening ADDRESS` first, then `ok` or `error: …` for
    ///     every command; standard output unless told otherwise.
    /// - Throws: `KafkaError` where the port is taken, or why the address file was not written.
    public func run(
        commands: AsyncStream<String> = StandardInput.lines(),
        answer: @Sendable (String) -> Void = { StandardOutput.write(line: $0) }
    ) async throws {
        let broker = try EmbeddedBroker.onStablePort(
            brokers: configuration.brokers,
            topics: configuration.topics,
            port: configuration.port
        )
        defer { broker.close() }
        if let file = configuration.addressFile {
            try Data(broker.bootstrapServers.utf8)
                .write(to: URL(filePath: file), options: .atomic)
        }
        answer("listening \(broker.bootstrapServers)")
        for await line in commands {
            guard let command = BrokerCommand(line) else {
                answer("error: not understood: \(line)")
                continue
            }
            if command == .quit { return answer("ok") }
            do throws(KafkaError) {
                try command.apply(to: broker)
                logger.info("broker obeyed", metadata: ["broker.command": "\(line)"])
                answer("ok")
            } catch {
                answer("error: \(error)")
            }
        }
        guard !configuration.endsWithCommands else { return }
        // A stream that nobody feeds ends by cancellation alone.
        let (silence, feed) = AsyncStream.makeStream(of: Never.self)
        for await _ in silence {}
        feed.finish()
    }
}
