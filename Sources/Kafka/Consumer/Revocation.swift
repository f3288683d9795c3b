internal import Synchronization

/// Partitions that are about to go to another member of the group.
///
/// They stay this member's until ``complete()``: work off or park what was read, commit, then
/// complete. Letting go of the last reference completes it too, and so does the consumer's
/// `drainTimeout`.
public final class Revocation: Sendable {
    /// The partitions that go.
    public let partitions: [TopicPartition]
    /// Whether they are somebody else's already, so that nothing can be committed any more.
    public let isLost: Bool

    private let isComplete = Mutex(false)
    private let onComplete: @Sendable () -> Void

    init(
        partitions: [TopicPartition],
        isLost: Bool,
        onComplete: @escaping @Sendable () -> Void
    ) {
        self.partitions = partitions
        self.isLost = isLost
        self.onComplete = onComplete
    }

    deinit {
        complete()
    }

    /// Gives the partitions up; a second call does nothing.
    public func complete() {
        let isFirst = isComplete.withLock { isComplete in
            defer { isComplete = true }
            return !isComplete
        }
        if isFirst { onComplete() }
    }
}
