public import Domain
import FoundationEssentials
import Kafka
public import Logging
public import ServiceLifecycle
public import Store
import Synchronization

/// Whether the worker has been told to stop.
final class StopFlag: Sendable {
    private let state = Mutex(false)

    var isSet: Bool { state.withLock(\.self) }

    func set() { state.withLock { $0 = true } }
}

/// The service itself: consumes requests, works them off, publishes what became of them.
///
/// One ``run()`` owns everything that runs. On graceful shutdown it stops taking records, lets what
/// runs finish inside the drain budget, writes, publishes, commits offsets and leaves the group.
public final class Worker: Service {
    let configuration: WorkerConfiguration
    let store: Store
    let logger: Logger
    let consumer: KafkaConsumer
    let producer: KafkaProducer
    let publisher: Publisher
    let completer: Completer
    let handler: RequestHandler
    let reader: RecordReader
    let policy: RetryPolicy
    let state: Mutex<WorkState>
    let database = DatabaseWatch()
    let rehearsal: Rehearsal?
    let turnstile = Turnstile()
    let dispatch: Signal
    let reload = Signal()
    let grants = Signal()
    let care: GrantCare
    /// A dead letter is the original and a little more; a completion may be many records.
    private static let producerDefaults = [
        "message.max.bytes": "4194304", "queue.buffering.max.messages": "1000000",
    ]
    let stopping: StopFlag

    /// - Throws: `KafkaError` naming the property when librdkafka refuses the configuration.
    public init(
        _ configuration: WorkerConfiguration,
        providers: [any Provider],
        store: Store,
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.store = store
        self.logger = logger
        rehearsal = configuration.rehearsal
        policy = RetryPolicy(maximumAttempts: configuration.maximumAttempts)
        let dispatch = Signal()
        self.dispatch = dispatch
        consumer = try KafkaConsumer(
            ConsumerConfiguration(
                bootstrapServers: configuration.bootstrapServers,
                groupID: configuration.groupID,
                topics: Topics.requests.map { configuration.topicPrefix + $0 },
                properties: configuration.kafkaProperties,
                // What is read of a flood before another company's request is waited for.
                maxBufferedRecords: 500,
                maxBatch: 250
            ),
            logger: logger
        )
        producer = try KafkaProducer(
            ProducerConfiguration(
                bootstrapServers: configuration.bootstrapServers,
                properties: Self.producerDefaults.merging(configuration.kafkaProperties) { $1 }
            ),
            logger: logger
        )
        publisher = Publisher(
            producer: producer,
            store: store,
            topicPrefix: configuration.topicPrefix,
            logger: logger,
            rehearsal: rehearsal,
            onRoom: { dispatch.fire() }
        )
        completer = Completer(
            store: store,
            publisher: publisher,
            database: database,
            logger: logger,
            rehearsal: rehearsal
        )
        let byID = Dictionary(uniqueKeysWithValues: providers.map { ($0.id, $0) })
        let now: @Sendable () -> Date = { Date() }
        let stopping = StopFlag()
        self.stopping = stopping
        let refresh = GrantRefresh(
            store: store,
            logger: logger,
            rehearsal: rehearsal,
            tally: GrantTally()
        )
        let sessions = Sessions(store: store, refresh: refresh, rehearsal: rehearsal)
        care = GrantCare(
            providers: byID,
            store: store,
            sessions: sessions,
            publisher: publisher,
            logger: logger,
            isStopping: { stopping.isSet },
            now: now
        )
        handler = RequestHandler(
            authorization: AuthorizationHandler(
                providers: byID,
                redirectURIs: configuration.redirectURIs,
                store: store,
                sessions: sessions,
                logger: logger,
                now: now
            ),
            disable: DisableHandler(providers: byID, store: store),
            erase: EraseHandler(store: store, now: now),
            sync: SyncHandler(
                providers: byID,
                store: store,
                sessions: sessions,
                logger: logger,
                now: now
            )
        )
        reader = RecordReader(
            topicPrefix: configuration.topicPrefix,
            groupID: configuration.groupID,
            workerVersion: configuration.version
        )
        state = Mutex(
            WorkState(
                limits: WorkLimits(
                    maximumInFlight: configuration.maximumInFlight,
                    maximumBacklog: configuration.maximumBacklog
                )
            )
        )
    }

    /// What the worker is doing at the moment.
    public var status: WorkerStatus {
        let statistics = consumer.statistics()
        return state.withLock { state in
            WorkerStatus(
                hasJoined: state.hasJoined,
                partitions: state.leases.keys.sorted().map(\.description),
                inFlight: state.inFlight,
                waiting: state.waiting,
                outstanding: state.outstanding,
                handled: state.counts.handled,
                retried: state.counts.retried,
                parked: state.backlog.values.reduce(0, +),
                deadLetters: state.counts.deadLetters,
                unpublished: publisher.pending,
                databaseFailure: database.failure,
                publicationFailure: publisher.failure,
                watermark: state.watermark,
                grants: care.sessions.refresh.tally.counts,
                consumer: statistics
            )
        }
    }

    /// Works until it is cancelled or told to shut down; then it drains within its budget.
    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { services in
                services.addTask { try await self.producer.run() }
                services.addTask { await self.publisher.run { await self.lostPartitions() } }
                services.addTask { await self.completer.run() }
                services.addTask {
                    try await withThrowingTaskGroup(of: Void.self) { intake in
                        intake.addTask { try await self.consumer.run() }
                        intake.addTask { try await self.consume() }
                        try await intake.waitForAll()
                    }
                    // Intake has ended: what is decided is written, then published, then we go.
                    self.completer.close()
                    self.publisher.close()
                }
                services.addTask { try await self.housekeep() }
                services.addTask { await self.careForGrants() }
                services.addTask { try await self.unpark() }
                services.addTask { try await self.rehearse() }
                try await self.finish(&services)
            }
        } onGracefulShutdown: {
            self.stopping.set()
            self.reload.fire()
            self.grants.finish()
            self.consumer.close()
        }
    }

    /// Ends the producer after everything that publishes has ended.
    private func finish(_ services: inout ThrowingTaskGroup<Void, any Error>) async throws {
        // Publisher, completer, intake and what keeps house; the producer is the one left.
        for _ in 0..<7 { try await services.next() }
        producer.close()
        try await services.waitForAll()
    }

    /// Takes what the consumer brings, and starts what may run.
    private func consume() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { handlers in
                    while await self.dispatch.wait() {
                        // What is decided must be published first: it is kept in memory until then.
                        guard self.publisher.hasRoom else { continue }
                        for item in self.state.withLock({ $0.start() }) {
                            handlers.addTask { await self.work(item) }
                        }
                    }
                }
            }
            for await event in consumer.events {
                try await take(event)
            }
            // Everything was drained within its budget: what still runs is cut.
            dispatch.finish()
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}
