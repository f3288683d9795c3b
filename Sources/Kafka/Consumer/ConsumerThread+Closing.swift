internal import CRdKafka
internal import Logging

extension ConsumerThread {
    /// Starts to drain what this member owns.
    func beginClosing() {
        guard case .running = phase else { return }
        close(isLost: false)
    }

    /// Ends the consumer: its handle can never read again.
    func fail(_ error: KafkaError) {
        guard failure == nil else { return }
        failure = error
        guard case .running = phase else { return }
        close(isLost: true)
    }

    private func close(isLost: Bool) {
        phase = .draining
        let going = Set(revocations.values.flatMap(\.partitions))
        openRevocation(
            of: owned.subtracting(going).sorted(),
            isLost: isLost,
            isAsked: false
        )
    }

    /// Goes on with closing as soon as the present step is done or late.
    func advanceClosing() {
        switch phase {
        case .running, .left:
            return
        case .draining:
            if revocations.isEmpty { leave() }
        case .leaving(let closing):
            let isLate = deadline.map { $0 <= .now } ?? false
            let isClosed = unsafe rd_kafka_consumer_closed(handle.raw) != 0
            guard isLate || isClosed else { return }
            if !isClosed {
                let limit = configuration.leaveTimeout
                failure =
                    failure
                    ?? KafkaError(
                        .timedOut,
                        reason: "the group was not left within \(limit)",
                        operation: "rd_kafka_consumer_close_queue"
                    )
            }
            unsafe rd_kafka_queue_destroy(closing.raw)
            phase = .left
        }
    }

    /// Lets the library leave the group; its last events come by a queue of their own.
    private func leave() {
        guard failure == nil, let closing = unsafe rd_kafka_queue_new(handle.raw) else {
            phase = .left
            return
        }
        do throws(KafkaError) {
            unsafe try check(
                rd_kafka_consumer_close_queue(handle.raw, closing),
                "rd_kafka_consumer_close_queue"
            )
            deadline = .now + configuration.leaveTimeout
            phase = unsafe .leaving(queue: QueuePointer(raw: closing))
        } catch {
            failure = error
            unsafe rd_kafka_queue_destroy(closing)
            phase = .left
        }
    }
}
