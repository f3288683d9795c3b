import DequeModule

/// Decides what may run next: one item per key at a time, first in first out; keys side by side;
/// companies in turns, so that one with a hundred thousand items waiting never starves the rest.
///
/// A pure value: it starts nothing itself.
struct KeyedDispatcher<Item> {
    /// What orders items, and whose turn they take.
    struct Key: Hashable {
        var company: String
        var ordering: String
    }

    let maximumInFlight: Int
    private var queues: [Key: Deque<Item>] = [:]
    private var running: Set<Key> = []
    /// Keys with something to run, by company; the companies in the order of their turns.
    private var ready: [String: Deque<Key>] = [:]
    private var turns: Deque<String> = []
    private(set) var waiting = 0

    init(maximumInFlight: Int) {
        self.maximumInFlight = maximumInFlight
    }

    var inFlight: Int { running.count }

    mutating func enqueue(_ item: Item, for key: Key) {
        waiting += 1
        let isNew = queues[key] == nil
        queues[key, default: []].append(item)
        if isNew, !running.contains(key) { makeReady(key) }
    }

    /// The items that may start now; each key is taken until ``finish(_:)``.
    mutating func start() -> [(key: Key, item: Item)] {
        var started: [(key: Key, item: Item)] = []
        while running.count < maximumInFlight, let company = turns.popFirst() {
            guard let key = ready[company]?.popFirst() else { continue }
            if ready[company]?.isEmpty == true {
                ready[company] = nil
            } else {
                turns.append(company)
            }
            guard let item = queues[key]?.popFirst() else { continue }
            if queues[key]?.isEmpty == true { queues[key] = nil }
            waiting -= 1
            running.insert(key)
            started.append((key, item))
        }
        return started
    }

    /// Frees a key whose item has ended; a key that does not run stays as it is.
    mutating func finish(_ key: Key) {
        guard running.remove(key) != nil else { return }
        if queues[key] != nil { makeReady(key) }
    }

    /// Drops waiting items, for example those of a partition that is being given up.
    mutating func drop(where isDropped: (Item) -> Bool) {
        for (key, queue) in queues {
            let kept = queue.filter { !isDropped($0) }
            waiting -= queue.count - kept.count
            queues[key] = kept.isEmpty ? nil : Deque(kept)
        }
        for (company, keys) in ready {
            let kept = keys.filter { queues[$0] != nil }
            ready[company] = kept.isEmpty ? nil : Deque(kept)
        }
        turns.removeAll { ready[$0] == nil }
    }

    private mutating func makeReady(_ key: Key) {
        if ready[key.company] == nil { turns.append(key.company) }
        ready[key.company, default: []].append(key)
    }
}
