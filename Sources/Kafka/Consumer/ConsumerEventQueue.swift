/// The events between the polling thread and the reader, bounded by their records.
struct ConsumerEventQueue {
    /// The records that wait.
    private(set) var recordCount = 0
    /// Whether no more records should come: true from `limit` records on, until half are read.
    private(set) var isSaturated = false

    private let limit: Int
    private let maxBatch: Int
    private var events: [ConsumerEvent] = []
    private var first = 0

    init(limit: Int, maxBatch: Int) {
        self.limit = max(1, limit)
        self.maxBatch = max(1, maxBatch)
    }

    /// How many records the next hand-over may bring.
    var room: Int { min(maxBatch, max(1, limit - recordCount)) }

    var isEmpty: Bool { first == events.count }

    mutating func append(_ event: ConsumerEvent) {
        switch event {
        case .records(let records): append(records)
        case .failed(let error): append(error)
        case .assigned, .revoking: events.append(event)
        }
    }

    /// Takes the oldest event.
    mutating func popFirst() -> ConsumerEvent? {
        guard first < events.count else { return nil }
        let event = events[first]
        first += 1
        if first == events.count || first > 64 {
            events.removeFirst(first)
            first = 0
        }
        if case .records(let records) = event { forget(records.count) }
        return event
    }

    /// Drops the waiting records of these partitions.
    mutating func dropRecords(of partitions: Set<TopicPartition>) {
        events = events[first...].compactMap { event in
            guard case .records(let records) = event else { return event }
            let kept = records.filter { !partitions.contains($0.topicPartition) }
            return kept.isEmpty ? nil : .records(kept)
        }
        first = 0
        let kept = events.reduce(0) { count, event in
            guard case .records(let records) = event else { return count }
            return count + records.count
        }
        forget(recordCount - kept)
    }

    private mutating func append(_ records: [ConsumerRecord]) {
        guard !records.isEmpty else { return }
        recordCount += records.count
        if recordCount >= limit { isSaturated = true }
        guard first < events.count, case .records(let waiting) = events[events.count - 1],
            waiting.count + records.count <= maxBatch
        else {
            events.append(.records(records))
            return
        }
        events[events.count - 1] = .records(waiting + records)
    }

    /// An error like the last waiting one is not told twice: the queue stays bounded.
    private mutating func append(_ error: KafkaError) {
        let isKnown = events[first...].contains { event in
            guard case .failed(let waiting) = event else { return false }
            return waiting.code == error.code
        }
        if !isKnown { events.append(.failed(error)) }
    }

    private mutating func forget(_ count: Int) {
        recordCount -= count
        if recordCount <= limit / 2 { isSaturated = false }
    }
}
