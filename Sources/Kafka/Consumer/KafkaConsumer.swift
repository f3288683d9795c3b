internal import CRdKafka
public import Logging
internal import Synchronization

/// Reads topics as a member of a consumer group.
///
/// Run ``run()`` in one task and read ``events`` in another. Nothing is committed but by
/// ``commit(_:)``. Records are delivered at least once: after a crash, those that were read but
/// not committed come again.
public final class KafkaConsumer: Sendable {
    /// What happens, for one reader.
    public var events: ConsumerEvents { ConsumerEvents(buffer: buffer) }

    /// The C library's version.
    public static var librdkafkaVersion: String { Librdkafka.version }

    private let configuration: ConsumerConfiguration
    private let logger: Logger
    private let handle: Mutex<ClientHandle?>
    private let mailbox = QueueMailbox<ConsumerCommand>()
    private let buffer: ConsumerEventBuffer
    private let shared = SharedConsumerStatistics()

    /// Makes the client; it joins its group when it is run.
    ///
    /// Throws where a property is unknown or not valid, and names it.
    public init(_ configuration: ConsumerConfiguration, logger: Logger) throws(KafkaError) {
        self.configuration = configuration
        self.logger = logger
        let events =
            ClientProperties.commonEvents | RD_KAFKA_EVENT_FETCH | RD_KAFKA_EVENT_REBALANCE
            | RD_KAFKA_EVENT_OFFSET_COMMIT
        var properties = try ClientProperties(configuration.allProperties, events: events)
        let raw = unsafe try properties.makeHandle(RD_KAFKA_CONSUMER)
        do throws(KafkaError) {
            try check(unsafe rd_kafka_poll_set_consumer(raw), "rd_kafka_poll_set_consumer")
        } catch {
            unsafe rd_kafka_destroy(raw)
            throw error
        }
        unsafe rd_kafka_set_log_queue(raw, nil)
        handle = unsafe Mutex(ClientHandle(raw: raw))
        let mailbox = mailbox
        buffer = ConsumerEventBuffer(
            limit: configuration.maxBufferedRecords,
            maxBatch: configuration.maxBatch,
            onRoom: { mailbox.wake() }
        )
    }

    deinit {
        // Only a client that never ran is still here, and one outside its group goes at once.
        guard let unused = handle.withLock({ $0 }) else { return }
        unsafe rd_kafka_destroy(unused.raw)
    }

    /// Reads until ``close()`` or the task's cancellation, and leaves the group.
    ///
    /// Throws where the client has failed for good, where leaving or freeing it took longer than
    /// `leaveTimeout`, and where it has been run before.
    public func run() async throws {
        let handle = self.handle.withLock { handle in
            defer { handle = nil }
            return handle
        }
        guard let handle else {
            throw KafkaError(
                .wrongState,
                reason: "a consumer runs once",
                isRetriable: false,
                operation: "run"
            )
        }
        let ended = OneShot<KafkaError?>()
        do {
            try start(handle, ended)
        } catch {
            self.handle.withLock { $0 = handle }
            throw error
        }
        let failure = await withTaskCancellationHandler {
            await ended.value()
        } onCancel: {
            close()
        }
        if let failure { throw failure }
    }

    /// Asks ``run()`` to end.
    ///
    /// The partitions are revoked first, as in a rebalance, so that the reader of ``events`` can
    /// drain and commit; then the group is left. A second call does nothing.
    public func close() {
        // A consumer that has ended already needs no telling.
        _ = mailbox.send(.close)
    }

    /// Stops reading these partitions until they are resumed or revoked.
    ///
    /// Ones that are not owned are ignored. Records that were handed over already are still delivered.
    public func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
        guard mailbox.send(.pause(partitions)) else { throw ConsumerThread.closedError }
    }

    /// Goes on reading these partitions, as far as the buffer lets.
    public func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        guard mailbox.send(.resume(partitions)) else { throw ConsumerThread.closedError }
    }

    /// Commits, per partition, the next offset to read; returns once the broker has answered.
    ///
    /// Not cancellable: the answer, or the consumer's end, always comes.
    public func commit(_ offsets: [TopicPartition: Offset]) async throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        let result = OneShot<KafkaError?>()
        guard mailbox.send(.commit(offsets, result)) else { throw ConsumerThread.closedError }
        if let error = await result.value() { throw error }
    }

    /// The figures as they were renewed last, see `statisticsInterval`.
    public func statistics() -> ConsumerStatistics { shared.current }

    /// Makes the client fail as if the group had fenced it, for tests.
    package func injectFatalError(_ code: KafkaError.Code = .fatal) throws(KafkaError) {
        guard mailbox.send(.fail(code)) else { throw ConsumerThread.closedError }
    }

    private func start(_ handle: ClientHandle, _ ended: OneShot<KafkaError?>) throws {
        let (configuration, mailbox, buffer) = (configuration, mailbox, buffer)
        let (shared, logger) = (shared, logger)
        try DedicatedThread.start(named: "kafka-consumer") {
            do throws(KafkaError) {
                let thread = try ConsumerThread(
                    configuration: configuration,
                    handle: handle,
                    mailbox: mailbox,
                    buffer: buffer,
                    statistics: shared,
                    logger: logger
                )
                ended.fulfil(thread.run())
            } catch {
                // Nothing was asked of the client yet, so that freeing it takes no time.
                unsafe rd_kafka_destroy(handle.raw)
                buffer.finish()
                ended.fulfil(error)
            }
        }
    }
}
