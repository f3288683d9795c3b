internal import CRdKafka
public import Logging
internal import Synchronization

/// Writes records, idempotently and in order per partition.
///
/// After a fatal error the client handle is rebuilt. Every record that was under way then fails
/// with an error whose `isFatal` and `isRetriable` are true, and so does every one sent since,
/// until the rebuild is acknowledged. So nothing overtakes what failed: wait until all batches are
/// answered, call ``acknowledgeRebuild(_:)`` with ``generation``, and send the failed records
/// again in their order.
public final class KafkaProducer: Sendable {
    private let configuration: ProducerConfiguration
    private let logger: Logger
    private let shared: ProducerShared
    private let hasRun = Mutex(false)

    /// Makes the client; it connects at once, and reports deliveries when it is run.
    ///
    /// Throws where a property is unknown or not valid, and names it.
    public init(_ configuration: ProducerConfiguration, logger: Logger) throws(KafkaError) {
        self.configuration = configuration
        self.logger = logger
        shared = ProducerShared(handle: try configuration.makeHandle())
    }

    deinit {
        // Only a producer that never ran still has its handle.
        guard let unused = shared.gate.withLock({ $0.handle }) else { return }
        unsafe rd_kafka_destroy(unused.raw)
    }

    /// Handles delivery reports until ``close()`` or the task's cancellation, then delivers what
    /// is left within `flushTimeout`.
    ///
    /// Throws where the client could not be rebuilt or freed, and where it has been run before.
    public func run() async throws {
        let isFirst = hasRun.withLock { hasRun in
            defer { hasRun = true }
            return !hasRun
        }
        guard isFirst, let handle = shared.gate.withLock({ $0.handle }) else {
            throw KafkaError(
                .wrongState,
                reason: "a producer runs once",
                isRetriable: false,
                operation: "run"
            )
        }
        let ended = OneShot<KafkaError?>()
        let (configuration, shared, logger) = (configuration, shared, logger)
        try DedicatedThread.start(named: "kafka-producer") {
            let thread = ProducerThread(
                configuration: configuration,
                handle: handle,
                shared: shared,
                logger: logger
            )
            ended.fulfil(thread.run())
        }
        let failure = await withTaskCancellationHandler {
            await ended.value()
        } onCancel: {
            close()
        }
        if let failure { throw failure }
    }

    /// Asks ``run()`` to end; records are refused from then on.
    ///
    /// A second call does nothing.
    public func close() {
        // A producer that has ended already needs no telling.
        _ = shared.mailbox.send(.close)
    }

    /// Writes records and returns one result each, in their order.
    ///
    /// They are in the library's queue, in order, before this suspends. Not cancellable: what was
    /// enqueued is delivered or fails.
    public func send(_ records: [ProducerRecord]) async -> [Result<DeliveryReport, KafkaError>] {
        await withCheckedContinuation { continuation in
            enqueue(records) { continuation.resume(returning: $0) }
        }
    }

    /// Enqueues records and calls back once, with one result each, in their order.
    ///
    /// The call-back runs on the producer's thread, or before this returns where all records were
    /// refused; it must not block. Where the queue is full, the first record that finds no place
    /// and all after it fail with ``KafkaError/Code/queueFull``.
    public func enqueue(
        _ records: [ProducerRecord],
        completion: @escaping @Sendable ([Result<DeliveryReport, KafkaError>]) -> Void
    ) {
        guard !records.isEmpty else { return completion([]) }
        let slots = shared.ledger.open(records, completion: completion)
        let refused = shared.gate.withLock { gate -> [(index: Int, error: KafkaError)] in
            switch gate.destination {
            case .failure(let error):
                return records.indices.map { ($0, error) }
            case .success(let handle):
                let refused = RecordWriter.write(records, slots, to: handle)
                // While the handle is still in the gate, its rebuild is to come, and with it the
                // release of what is held.
                if refused.contains(where: \.error.isFatal) { shared.ledger.hold() }
                return refused
            }
        }
        guard !refused.isEmpty else { return }
        shared.ledger.settle(refused.map { (slots.batch, $0.index, .failure($0.error)) })
    }

    /// How many partitions a topic has; asks the brokers, for at most 5 s.
    public func partitionCount(of topic: String) async throws(KafkaError) -> Int32 {
        let result = OneShot<Result<Int32, KafkaError>>()
        guard shared.mailbox.send(.countPartitions(topic, result)) else {
            throw ProducerGate.closedError
        }
        return try await result.value().get()
    }

    /// How many times the client handle was rebuilt after a fatal error.
    public var generation: Int { shared.gate.withLock { $0.generation } }

    /// Lets records through again after a rebuild; `false` where that is not the present
    /// generation or the producer is closed.
    @discardableResult
    public func acknowledgeRebuild(_ generation: Int) -> Bool {
        shared.gate.withLock { $0.acknowledge(generation) }
    }

    /// Makes the present handle fail as if the broker had broken its sequence, for tests.
    package func injectFatalError(
        _ code: KafkaError.Code = .outOfOrderSequence,
        reason: String = "injected"
    ) throws(KafkaError) {
        let result = shared.gate.withLock { gate in
            guard let handle = gate.handle else { return RD_KAFKA_RESP_ERR__DESTROY }
            return unsafe rd_kafka_test_fatal_error(
                handle.raw,
                rd_kafka_resp_err_t(code.rawValue),
                reason
            )
        }
        try check(result, "rd_kafka_test_fatal_error")
    }
}
