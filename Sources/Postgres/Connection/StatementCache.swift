/// The prepared statements of one connection, by SQL text and parameter types; the least recently used goes first.
struct StatementCache {
    private struct Entry {
        let name: String
        var lastUse: UInt64
    }

    /// The types belong to it: the same text prepared for others would misread the parameters.
    private struct Key: Hashable {
        let sql: String
        let types: [UInt32]

        init(_ query: PostgresQuery) {
            sql = query.sql
            types = query.binds.types
        }
    }

    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    private let capacity: Int
    /// Names the server still knows and nobody uses any more.
    private(set) var evicted: [String] = []

    init(capacity: Int) {
        self.capacity = capacity
    }

    var isEnabled: Bool { capacity > 0 }

    mutating func name(for query: PostgresQuery) -> String? {
        uses += 1
        let key = Key(query)
        entries[key]?.lastUse = uses
        return entries[key]?.name
    }

    /// Gives a new statement its name.
    mutating func add(_ query: PostgresQuery) -> String {
        if entries.count >= capacity,
            let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            entries[oldest.key] = nil
            evicted.append(oldest.value.name)
        }
        uses += 1
        names += 1
        let name = "s\(names)"
        entries[Key(query)] = Entry(name: name, lastUse: uses)
        return name
    }

    /// Forgets a statement the server does not have or whose plan is stale.
    mutating func remove(_ query: PostgresQuery, evicting: Bool) {
        guard let entry = entries.removeValue(forKey: Key(query)), evicting else { return }
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
