internal import CRdKafka

// Safe because the one owner frees the queue, before the client handle.
/// The C queue that all owned partitions' records come by.
///
/// Records have a queue of their own so that a full buffer can simply leave them there, while
/// rebalances and commits go on: pausing partitions in librdkafka throws prefetched records away,
/// and versions up to at least 2.0.2 lose a pause or a resume that meets a rebalance.
@safe struct RecordQueue: ~Copyable {
    private let handle: ClientHandle
    private let queue: OpaquePointer
    private var forwarded: Set<TopicPartition> = []

    /// Makes the queue; records that arrive wake the other queue's poll.
    init(_ handle: ClientHandle, waking woken: QueuePointer) throws(KafkaError) {
        guard let queue = unsafe rd_kafka_queue_new(handle.raw) else {
            throw KafkaError(.wrongState, operation: "rd_kafka_queue_new")
        }
        self.handle = handle
        unsafe self.queue = queue
        unsafe kafka_wake_on_records(queue, woken.raw)
    }

    deinit {
        unsafe kafka_wake_on_records(queue, nil)
        for partition in forwarded { unsafe Self.forward(partition, of: handle, to: nil) }
        unsafe rd_kafka_queue_destroy(queue)
    }

    /// Takes the next event without waiting.
    func poll() -> ClientEvent? {
        unsafe ClientEvent(polling: queue, milliseconds: 0)
    }

    /// Lets the partition's records come by this queue, those that wait already first.
    mutating func open(_ partition: TopicPartition) {
        forwarded.insert(partition)
        unsafe Self.forward(partition, of: handle, to: queue)
    }

    /// Leaves the partition's further records in its own queue.
    mutating func shut(_ partition: TopicPartition) {
        forwarded.remove(partition)
        unsafe Self.forward(partition, of: handle, to: nil)
    }

    private static func forward(
        _ partition: TopicPartition,
        of handle: ClientHandle,
        to queue: OpaquePointer?
    ) {
        guard
            let source = unsafe rd_kafka_queue_get_partition(
                handle.raw,
                partition.topic,
                partition.partition
            )
        else { return }
        unsafe rd_kafka_queue_forward(source, queue)
        unsafe rd_kafka_queue_destroy(source)
    }
}
