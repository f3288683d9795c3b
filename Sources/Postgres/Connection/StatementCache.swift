/// The prepared statements of one connection, by SQL text; the least recently used goes first.
struct StatementCache {
    private struct Entry {
        let name: String
        var lastUse: UInt64
    }

    private var entries: [String: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    private let capacity: Int
    /// Names the server still knows and nobody uses any more.
    private(set) var evicted: [String] = []

    init(capacity: Int) {
        self.capacity = capacity
    }

    var isEnabled: Bool { capacity > 0 }

    mutating func name(for sql: String) -> String? {
        uses += 1
        guard entries[sql] != nil else { return nil }
        entries[sql]?.lastUse = uses
        return entries[sql]?.name
    }

    /// Gives a new statement its name.
    mutating func add(_ sql: String) -> String {
        if entries.count >= capacity,
            let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            entries[oldest.key] = nil
            evicted.append(oldest.value.name)
        }
        uses += 1
        names += 1
        let name = "s\(names)"
        entries[sql] = Entry(name: name, lastUse: uses)
        return name
    }

    /// Forgets a statement the server does not have or whose plan is stale.
    mutating func remove(_ sql: String, evicting: Bool) {
        guard let entry = entries.removeValue(forKey: sql), evicting else { return }
        evicted.append(entry.name)
    }

    mutating func takeEvicted() -> [String] {
        defer { evicted.removeAll() }
        return evicted
    }

    /// Forgets everything, after the server has.
    mutating func removeAll() {
        entries.removeAll()
        evicted.removeAll()
    }
}
