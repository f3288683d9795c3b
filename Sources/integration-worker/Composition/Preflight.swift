import Kafka
import Logging
import Postgres
import Store

/// Looks at the neighbours before anything is started.
enum Preflight {
    /// Lends a small pool for as long as the body runs.
    static func withDatabase<Result: Sendable>(
        _ configuration: PostgresConfiguration,
        logger: Logger,
        _ body: (PostgresPool) async throws -> Result
    ) async throws -> Result {
        var configuration = configuration
        configuration.sharedConnections = 0
        configuration.maximumConnections = 1
        configuration.connectTimeout = .seconds(5)
        configuration.acquireTimeout = .seconds(6)
        let pool = PostgresPool(configuration, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            defer { pool.close() }
            do {
                return try await body(pool)
            } catch let error as PostgresError where error.code == .poolExhausted {
                throw CommandFailure(
                    "database: not reachable: \(pool.status.lastError ?? error.reason); "
                        + "look at DATABASE_URL",
                    .unavailable
                )
            }
        }
    }

    /// What the database lacks; throws where it cannot be reached.
    static func pendingMigrations(
        _ configuration: PostgresConfiguration,
        logger: Logger
    ) async throws -> [String] {
        try await withDatabase(configuration, logger: logger) { pool in
            try await Migrator(pool: pool).pending()
        }
    }

    /// How many partitions each topic has; 0 where there is no such topic.
    ///
    /// A broker with `auto.create.topics.enable` makes the topics that a producer asks about.
    ///
    /// - Throws: a ``CommandFailure`` that says the brokers cannot be reached.
    static func partitions(
        of topics: [String],
        _ settings: KafkaSettings,
        logger: Logger
    ) async throws -> [String: Int] {
        let producer = try KafkaProducer(
            ProducerConfiguration(
                bootstrapServers: settings.bootstrapServers,
                properties: settings.properties
            ),
            logger: logger
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await producer.run() }
            defer { producer.close() }
            var partitions: [String: Int] = [:]
            for topic in topics {
                partitions[topic] = try await count(topic, producer, settings)
            }
            return partitions
        }
    }

    private static func count(
        _ topic: String,
        _ producer: KafkaProducer,
        _ settings: KafkaSettings
    ) async throws -> Int {
        do throws(KafkaError) {
            return Int(try await producer.partitionCount(of: topic))
        } catch {
            guard ![.unknownTopicOrPartition, .unknownTopic].contains(error.code) else { return 0 }
            guard error.isRetriable else { throw error }
            throw CommandFailure(
                "broker: not reachable at \(settings.bootstrapServers): \(error.reason); "
                    + "look at KAFKA_BOOTSTRAP_SERVERS",
                .unavailable
            )
        }
    }
}
