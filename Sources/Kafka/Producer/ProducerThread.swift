// All events of one producer are handled here, on the producer's own thread, which blocks in the
// queue's poll and is woken by events and by its mailbox.

internal import CRdKafka
internal import Logging
internal import Synchronization

/// What other threads ask of a producer's thread.
enum ProducerCommand: Sendable {
    case countPartitions(String, OneShot<Result<Int32, KafkaError>>)
    case close
}

/// What a producer and its thread share.
final class ProducerShared: Sendable {
    let gate: Mutex<ProducerGate>
    let ledger = DeliveryLedger()
    let mailbox = QueueMailbox<ProducerCommand>()

    init(handle: ClientHandle) {
        gate = Mutex(ProducerGate(handle: handle))
    }
}

// Safe because only the producer's thread has it, and frees its queue when it ends.
/// Polls one producer until it is closed.
@safe final class ProducerThread {
    private let configuration: ProducerConfiguration
    private let shared: ProducerShared
    private let logger: Logger
    private var handle: ClientHandle
    private var queue: OpaquePointer?
    private var reader = RecordReader()
    private var fatal: KafkaError?
    private var deadline: ContinuousClock.Instant?

    init(
        configuration: ProducerConfiguration,
        handle: ClientHandle,
        shared: ProducerShared,
        logger: Logger
    ) {
        self.configuration = configuration
        self.handle = handle
        self.shared = shared
        self.logger = logger
    }

    /// Works until the producer is closed; returns why it could not go on.
    func run() -> KafkaError? {
        attach()
        var failure: KafkaError?
        while failure == nil {
            shared.mailbox.takeAll().forEach(obey)
            if let fatal { failure = rebuild(after: fatal) }
            let waiting = unsafe rd_kafka_outq_len(handle.raw)
            if let deadline, deadline <= .now || waiting == 0 { break }
            poll(milliseconds: deadline.map { ($0 - .now).milliseconds } ?? -1)
        }
        return end() ?? failure
    }

    private func attach() {
        guard let queue = unsafe rd_kafka_queue_get_main(handle.raw) else {
            preconditionFailure("every client has a main queue")
        }
        unsafe self.queue = queue
        unsafe shared.mailbox.attach(to: QueuePointer(raw: queue))
    }

    private func obey(_ command: ProducerCommand) {
        switch command {
        case .countPartitions(let topic, let result):
            result.fulfil(TopicMetadata.countPartitions(of: topic, handle))
        case .close:
            shared.gate.withLock { $0.close() }
            deadline = deadline ?? .now + configuration.flushTimeout
        }
    }

    private func poll(milliseconds: Int32) {
        guard let queue = unsafe queue,
            let event = unsafe ClientEvent(polling: queue, milliseconds: milliseconds)
        else { return }
        switch event.type {
        case RD_KAFKA_EVENT_DR: deliver(event)
        case RD_KAFKA_EVENT_ERROR: report(event.error)
        case RD_KAFKA_EVENT_LOG: event.log(to: logger)
        case RD_KAFKA_EVENT_STATS: break
        default:
            logger.info("unknown event", metadata: ["kafka.event": "\(event.name)"])
        }
    }

    private func report(_ error: KafkaError) {
        guard error.isFatal else {
            logger.info("producer error", metadata: ["error": "\(error)"])
            return
        }
        fatal = handle.fatalError() ?? error
    }

    /// Settles the records of one event.
    private func deliver(_ event: borrowing ClientEvent) {
        var settled: [(batch: UInt64, index: Int, outcome: DeliveryLedger.Outcome)] = []
        var hasFailed = false
        while let message = unsafe rd_kafka_event_message_next(event.raw) {
            guard let opaque = unsafe message.pointee._private else { continue }
            let slot = unsafe opaque.assumingMemoryBound(to: kafka_delivery_slot.self).pointee
            let outcome = unsafe outcome(of: message)
            if case .failure = outcome { hasFailed = true }
            settled.append((slot.batch, Int(slot.index), outcome))
        }
        if hasFailed, let error = handle.fatalError() {
            fatal = error
            shared.ledger.hold()
            settled = settled.map { ($0.batch, $0.index, $0.outcome.mapError(Self.asRebuilt)) }
        }
        shared.ledger.settle(settled)
    }

    private func outcome(
        of message: UnsafePointer<rd_kafka_message_t>
    ) -> DeliveryLedger.Outcome {
        let code = unsafe message.pointee.err
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            return .failure(KafkaError(KafkaError.Code(code), operation: "delivery"))
        }
        let offset = unsafe message.pointee.offset
        return .success(
            DeliveryReport(
                topicPartition: unsafe reader.topicPartition(of: message),
                offset: offset < 0 ? nil : Offset(rawValue: offset)
            )
        )
    }

    /// A record that went down with its handle may be sent again through the next one.
    private static func asRebuilt(_ error: KafkaError) -> KafkaError {
        var error = error
        error.isFatal = true
        error.isRetriable = true
        return error
    }
}

extension ProducerThread {
    /// Replaces a handle that has failed for good.
    ///
    /// The failed records' call-backs are held until the new handle is there, so that whoever
    /// hears of a failure finds the generation it has to acknowledge.
    private func rebuild(after error: KafkaError) -> KafkaError? {
        logger.info("producer rebuilt after a fatal error", metadata: ["error": "\(error)"])
        shared.ledger.hold()
        shared.gate.withLock { $0.refuse(because: error) }
        purge()
        free()
        fatal = nil
        do throws(KafkaError) {
            handle = try configuration.makeHandle()
        } catch {
            shared.ledger.release()
            return error
        }
        attach()
        let isClosing = deadline != nil
        shared.gate.withLock { gate in
            gate.rebuild(with: handle)
            if isClosing { gate.close() }
        }
        shared.ledger.release()
        return nil
    }

    /// Fails whatever is still in the handle.
    private func purge() {
        // The call fails for consumers and unknown flags only.
        _ = unsafe rd_kafka_purge(handle.raw, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
        let limit = ContinuousClock.now + configuration.flushTimeout
        while unsafe rd_kafka_outq_len(handle.raw) > 0, .now < limit {
            poll(milliseconds: (limit - .now).milliseconds)
        }
        shared.ledger.failAll(
            Self.asRebuilt(KafkaError(.purgedInFlight, operation: "rd_kafka_purge"))
        )
    }

    /// Frees the queue and the handle.
    @discardableResult
    private func free() -> KafkaError? {
        shared.mailbox.detach()
        if let queue = unsafe queue { unsafe rd_kafka_queue_destroy(queue) }
        unsafe queue = nil
        do throws(KafkaError) {
            try handle.destroy(within: configuration.flushTimeout)
            return nil
        } catch {
            logger.info("producer not freed", metadata: ["error": "\(error)"])
            return error
        }
    }

    private func end() -> KafkaError? {
        for case .countPartitions(_, let result) in shared.mailbox.close() {
            result.fulfil(.failure(ProducerGate.closedError))
        }
        let hasHandle = shared.gate.withLock { gate in
            gate.close()
            defer { gate.handle = nil }
            return gate.handle != nil
        }
        guard hasHandle else { return nil }
        purge()
        shared.ledger.release()
        return free()
    }
}
