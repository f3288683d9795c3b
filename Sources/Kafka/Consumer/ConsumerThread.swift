// All calls of one consumer's C handle are made here, on the consumer's own thread, which blocks
// in the queue's poll and is woken by events and by its mailbox.

internal import CRdKafka
internal import Logging
internal import Synchronization

// Safe because only the consumer's thread has it, and frees its queue when it ends.
/// Polls one consumer until it has left its group.
@safe final class ConsumerThread {
    enum Phase {
        case running
        /// Closing: the owner works off what was read.
        case draining
        /// Closing: the library leaves the group.
        case leaving(queue: QueuePointer)
        case left
    }

    struct Position {
        var last: Offset?
        var timestamp: Int64?
    }

    let configuration: ConsumerConfiguration
    let handle: ClientHandle
    let mailbox: QueueMailbox<ConsumerCommand>
    let buffer: ConsumerEventBuffer
    let statistics: SharedConsumerStatistics
    let logger: Logger

    let queue: OpaquePointer
    var phase = Phase.running
    var deadline: ContinuousClock.Instant?
    var failure: KafkaError?

    var reader = RecordReader()
    /// Gone before the handle is freed, which would otherwise never end.
    var records: PartitionQueues?
    var owned: Set<TopicPartition> = []
    /// The partitions whose records are handed over: owned, and not about to go.
    var positions: [TopicPartition: Position] = [:]
    var revocations: [Int: PendingRevocation] = [:]
    var nextRevocation = 0
    var commits: [Int: OneShot<KafkaError?>] = [:]
    var nextCommit = 1

    init(
        configuration: ConsumerConfiguration,
        handle: ClientHandle,
        mailbox: QueueMailbox<ConsumerCommand>,
        buffer: ConsumerEventBuffer,
        statistics: SharedConsumerStatistics,
        logger: Logger
    ) throws(KafkaError) {
        self.configuration = configuration
        self.handle = handle
        self.mailbox = mailbox
        self.buffer = buffer
        self.statistics = statistics
        self.logger = logger
        guard let queue = unsafe rd_kafka_queue_get_consumer(handle.raw) else {
            throw KafkaError(.wrongState, operation: "rd_kafka_queue_get_consumer")
        }
        unsafe self.queue = queue
        records = unsafe PartitionQueues(handle, waking: QueuePointer(raw: queue))
        unsafe mailbox.attach(to: QueuePointer(raw: queue))
    }

    /// Reads until the consumer is closed or has failed for good; returns why it failed.
    func run() -> KafkaError? {
        subscribe()
        while true {
            mailbox.takeAll().forEach(obey)
            giveUpLateRevocations()
            advanceClosing()
            if case .left = phase { break }
            poll(milliseconds: readBatch() ? 0 : timeoutMilliseconds())
        }
        return end()
    }

    private func subscribe() {
        let topics = PartitionList(topics: configuration.topics)
        do throws(KafkaError) {
            try check(unsafe rd_kafka_subscribe(handle.raw, topics.raw), "rd_kafka_subscribe")
        } catch {
            fail(error)
        }
    }

    /// Handles one event that is no record.
    private func poll(milliseconds: Int32) {
        var source = unsafe queue
        if case .leaving(let closing) = phase { unsafe source = closing.raw }
        guard let event = unsafe ClientEvent(polling: source, milliseconds: milliseconds) else {
            return
        }
        handle(event)
    }

    /// Blocks until something happens, unless something has a deadline.
    private func timeoutMilliseconds() -> Int32 {
        let deadlines = revocations.values.map(\.deadline) + (deadline.map { [$0] } ?? [])
        guard let first = deadlines.min() else { return -1 }
        return (first - ContinuousClock.now).milliseconds
    }

    func handle(_ event: borrowing ClientEvent) {
        switch event.type {
        case RD_KAFKA_EVENT_REBALANCE: rebalance(event)
        case RD_KAFKA_EVENT_OFFSET_COMMIT: finishCommit(event)
        case RD_KAFKA_EVENT_ERROR: report(event.error)
        case RD_KAFKA_EVENT_STATS: updateStatistics(event.statistics)
        case RD_KAFKA_EVENT_LOG: event.log(to: logger)
        default:
            logger.info("unknown event", metadata: ["kafka.event": "\(event.name)"])
        }
    }

    private func obey(_ command: ConsumerCommand) {
        switch command {
        case .commit(let offsets, let result): commit(offsets, result)
        case .pause(let partitions): setPaused(true, partitions)
        case .resume(let partitions): setPaused(false, partitions)
        case .revocationCompleted(let id): completeRevocation(id)
        case .close: beginClosing()
        case .fail(let code):
            // The library reports it as it reports its own: by an event.
            _ = unsafe rd_kafka_test_fatal_error(
                handle.raw,
                rd_kafka_resp_err_t(code.rawValue),
                "injected"
            )
        }
    }

    private func report(_ error: KafkaError) {
        if error.isFatal { return fail(error) }
        if error.code == .allBrokersDown { statistics.update { $0.isConnected = false } }
        // A broken connection is mended by the library; without any broker it says so.
        guard error.code != .transport else {
            logger.debug("connection lost", metadata: ["error": "\(error)"])
            return
        }
        buffer.append(.failed(error))
    }

    private func end() -> KafkaError? {
        let unread = mailbox.close()
        for case .commit(_, let result) in unread { result.fulfil(Self.closedError) }
        for result in commits.values { result.fulfil(Self.closedError) }
        records = nil
        unsafe rd_kafka_queue_destroy(queue)
        buffer.finish()
        do throws(KafkaError) {
            try handle.destroy(
                flags: RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE,
                within: configuration.leaveTimeout
            )
        } catch {
            failure = failure ?? error
        }
        return failure
    }

    static var closedError: KafkaError {
        KafkaError(.closed, reason: "the consumer is closed", operation: "run")
    }
}
