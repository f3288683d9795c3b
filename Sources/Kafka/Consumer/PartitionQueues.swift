internal import CRdKafka

// Safe because the one owner frees the queues, before the client handle.
/// The C queues of the owned partitions, read in turns.
///
/// Each partition's records stay in a queue of their own, so that a quiet partition's are not behind
/// what was prefetched of a busy one, and so that a partition that is paused, or all of them while the
/// buffer is full, can simply be left alone while rebalances and commits go on. Pausing in librdkafka
/// throws prefetched records away, and versions up to at least 2.0.2 lose a pause or a resume that
/// meets a rebalance.
@safe struct PartitionQueues: ~Copyable {
    /// How many records of a partition are taken before it is the next one's turn.
    private static let share = 16

    private struct Queue {
        var partition: TopicPartition
        var raw: QueuePointer
        var isPaused = false
    }

    private let handle: ClientHandle
    private let woken: QueuePointer
    private var queues: [Queue] = []
    private var turn = 0
    private var taken = 0

    /// Owns no partition yet; records that arrive wake the other queue's poll.
    init(_ handle: ClientHandle, waking woken: QueuePointer) {
        self.handle = handle
        self.woken = woken
    }

    deinit {
        for queue in queues { Self.free(queue) }
    }

    /// Takes the next event without waiting; `nil` when no partition that is not paused has one.
    mutating func poll() -> ClientEvent? {
        if taken == Self.share { nextTurn() }
        for _ in queues.indices {
            if !queues[turn].isPaused,
                let event = unsafe ClientEvent(polling: queues[turn].raw.raw, milliseconds: 0)
            {
                taken += 1
                return event
            }
            nextTurn()
        }
        return nil
    }

    /// Gives the partition a queue of its own; must come before the partition is assigned.
    mutating func open(_ partition: TopicPartition) {
        close(partition)
        guard
            let queue = unsafe rd_kafka_queue_get_partition(
                handle.raw,
                partition.topic,
                partition.partition
            )
        else { return }
        // Away from the consumer's queue, for good.
        unsafe rd_kafka_queue_forward(queue, nil)
        unsafe kafka_wake_on_records(queue, woken.raw)
        unsafe queues.append(Queue(partition: partition, raw: QueuePointer(raw: queue)))
    }

    /// Forgets a partition that is not owned any more.
    mutating func close(_ partition: TopicPartition) {
        guard let index = queues.firstIndex(where: { $0.partition == partition }) else { return }
        Self.free(queues.remove(at: index))
        (turn, taken) = (0, 0)
    }

    /// Leaves the partition's records alone, or goes on with them where they wait.
    mutating func setPaused(_ isPaused: Bool, _ partition: TopicPartition) {
        guard let index = queues.firstIndex(where: { $0.partition == partition }) else { return }
        queues[index].isPaused = isPaused
    }

    private mutating func nextTurn() {
        turn = queues.isEmpty ? 0 : (turn + 1) % queues.count
        taken = 0
    }

    private static func free(_ queue: Queue) {
        unsafe kafka_wake_on_records(queue.raw.raw, nil)
        unsafe rd_kafka_queue_destroy(queue.raw.raw)
    }
}
