/// Which partitions are paused, and which should be.
///
/// A pause outlives a revocation inside librdkafka, so that a partition that comes back has to be
/// paused or resumed again.
struct PausePlan {
    /// Whether every partition should pause, whatever the caller wants.
    var pausesAll = false

    private(set) var owned: Set<TopicPartition> = []
    private var byCaller: Set<TopicPartition> = []
    private var applied: Set<TopicPartition> = []
    private var leftOver: Set<TopicPartition> = []

    mutating func assign(_ partitions: [TopicPartition]) {
        owned.formUnion(partitions)
        leftOver.formUnion(applied.intersection(partitions))
        applied.subtract(partitions)
    }

    mutating func unassign(_ partitions: [TopicPartition]) {
        owned.subtract(partitions)
        byCaller.subtract(partitions)
    }

    mutating func pause(_ partitions: [TopicPartition]) {
        byCaller.formUnion(owned.intersection(partitions))
    }

    mutating func resume(_ partitions: [TopicPartition]) {
        byCaller.subtract(partitions)
    }

    /// What to tell the library now; it counts as told.
    mutating func takeChanges() -> (pause: Set<TopicPartition>, resume: Set<TopicPartition>) {
        let wanted = pausesAll ? owned : byCaller
        let pause = wanted.subtracting(applied)
        let resume = applied.intersection(owned).union(leftOver).subtracting(wanted)
        applied.formUnion(pause)
        applied.subtract(resume)
        leftOver = []
        return (pause, resume)
    }
}
