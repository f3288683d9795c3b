internal import Synchronization

/// The figures a consumer's thread writes and anybody reads.
final class SharedConsumerStatistics: Sendable {
    private let value = Mutex(ConsumerStatistics())

    var current: ConsumerStatistics { value.withLock { $0 } }

    func update(_ change: (inout ConsumerStatistics) -> Void) {
        value.withLock { change(&$0) }
    }
}
