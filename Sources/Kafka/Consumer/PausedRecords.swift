/// The partitions the caller paused, and their records that were already on their way.
struct PausedRecords {
    private var held: [TopicPartition: [ConsumerRecord]] = [:]
    private var released: ArraySlice<ConsumerRecord> = []

    func contains(_ partition: TopicPartition) -> Bool { held[partition] != nil }

    mutating func pause(_ partition: TopicPartition) {
        guard held[partition] == nil else { return }
        held[partition] = []
    }

    /// Lets the partition's held records go, ahead of all that is still to come.
    mutating func resume(_ partition: TopicPartition) {
        released += held.removeValue(forKey: partition) ?? []
    }

    /// Forgets a partition that is not owned any more.
    mutating func drop(_ partition: TopicPartition) {
        held[partition] = nil
        released.removeAll { $0.topicPartition == partition }
    }

    /// Keeps a record back if its partition is paused.
    mutating func hold(_ record: ConsumerRecord) -> Bool {
        held[record.topicPartition]?.append(record) != nil
    }

    /// The next record that was let go and is not paused again.
    mutating func popReleased() -> ConsumerRecord? {
        while let record = released.popFirst() {
            if !hold(record) { return record }
        }
        return nil
    }
}
