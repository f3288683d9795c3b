import DequeModule

/// Decides what may run next: one item per key at a time, first in first out; keys side by side;
/// companies in turns, so that one with a hundred thousand items waiting never starves the rest.
///
/// The turns are a deficit round-robin (Shreedhar and Varghese, SIGCOMM 1995). Its quantum is the
/// largest cost seen, so that every turn starts something; where all costs are 1, companies
/// alternate. No company has more than its share of the places, however long its items run.
///
/// A pure value: it starts nothing itself.
struct KeyedDispatcher<Item> {
    /// What orders items, and whose turn they take.
    struct Key: Hashable {
        var company: String
        var ordering: String
    }

    let maximumInFlight: Int
    let maximumPerCompany: Int
    private(set) var inFlight = 0
    private(set) var waiting = 0
    private var companies: [String: CompanyQueue<Item>] = [:]
    /// The companies that may start something, in the order of their turns.
    private var turns: Deque<String> = []
    private var quantum = 1
    /// How many keys may have stayed in line with nothing, because it was taken.
    private var emptied = 0

    /// - Parameters:
    ///   - maximumInFlight: how many items run at once.
    ///   - maximumPerCompany: how many of them may be one company's; three quarters by default.
    init(maximumInFlight: Int, maximumPerCompany: Int? = nil) {
        self.maximumInFlight = maximumInFlight
        self.maximumPerCompany = maximumPerCompany ?? max(1, maximumInFlight * 3 / 4)
    }

    /// How many items of a company wait or run.
    func held(by company: String) -> Int { companies[company]?.held ?? 0 }

    /// Puts an item behind the others of its key; its cost, 1 or more, is what it takes of its
    /// company's turn.
    mutating func enqueue(_ item: Item, for key: Key, cost: Int = 1) {
        waiting += 1
        quantum = max(quantum, cost)
        let maximum = maximumPerCompany
        let takesTurn = companies[key.company, default: CompanyQueue(maximumRunning: maximum)]
            .enqueue(item, cost: max(1, cost), for: key.ordering)
        if takesTurn { turns.append(key.company) }
    }

    /// The items that may start now; each key is taken until ``finish(_:)``.
    mutating func start() -> [(key: Key, item: Item)] {
        var started: [(key: Key, item: Item)] = []
        while inFlight < maximumInFlight, let company = turns.first {
            if let next = companies[company]?.start(quantum: quantum) {
                waiting -= 1
                inFlight += 1
                started.append((Key(company: company, ordering: next.ordering), next.item))
            } else {
                turns.removeFirst()
                let takesTurn = companies[company]?.endTurn(quantum: quantum)
                if takesTurn == true { turns.append(company) } else { forget(company) }
            }
        }
        return started
    }

    /// Frees a key whose item has ended; a key that does not run stays as it is.
    mutating func finish(_ key: Key) {
        guard let takesTurn = companies[key.company]?.finish(key.ordering) else { return }
        inFlight -= 1
        if takesTurn { turns.append(key.company) } else { forget(key.company) }
    }

    /// Removes what waits behind a key, whether the key runs or not, and returns it in order.
    mutating func takeWaiting(of key: Key) -> [Item] {
        let items = companies[key.company]?.takeWaiting(of: key.ordering) ?? []
        waiting -= items.count
        emptied += items.isEmpty ? 0 : 1
        // By then as many keys were emptied as the sweep has to look at.
        if emptied > waiting + inFlight { sweep() }
        return items
    }

    /// Drops waiting items, for example those of a partition that is being given up.
    mutating func drop(where isDropped: (Item) -> Bool) {
        for company in Array(companies.keys) {
            waiting -= companies[company]?.drop(where: isDropped) ?? 0
        }
        sweep()
    }

    private mutating func forget(_ company: String) {
        if companies[company]?.isIdle == true { companies[company] = nil }
    }

    /// Forgets keys with nothing in line, and companies with none but such.
    private mutating func sweep() {
        emptied = 0
        for company in Array(companies.keys) {
            companies[company]?.sweep()
            forget(company)
        }
        turns.removeAll { companies[$0]?.hasTurn != true }
    }
}

/// One company's items: its keys that may start, in the order they became free.
private struct CompanyQueue<Item> {
    private struct Waiting {
        var item: Item
        var cost: Int
    }

    /// What waits behind one key; it is in line, or it runs.
    private struct Line {
        var items: Deque<Waiting> = []
        var isRunning = false
    }

    let maximumRunning: Int
    private var lines: [String: Line] = [:]
    /// Every key that does not run, even one that has been emptied.
    private var ready: Deque<String> = []
    private var waiting = 0
    private var running = 0
    /// What it has spent of its turn, less what the turn before left; nil while it may start
    /// nothing, so that nothing is saved up.
    private var spent: Int?

    init(maximumRunning: Int) {
        self.maximumRunning = maximumRunning
    }

    var held: Int { waiting + running }
    var hasTurn: Bool { spent != nil }
    var isIdle: Bool { held == 0 && !hasTurn }
    private var mayStart: Bool { running < maximumRunning && !ready.isEmpty }

    /// Whether the company begins a turn by it.
    mutating func enqueue(_ item: Item, cost: Int, for ordering: String) -> Bool {
        waiting += 1
        if lines[ordering] == nil { ready.append(ordering) }
        lines[ordering, default: Line()].items.append(Waiting(item: item, cost: cost))
        return beginTurn()
    }

    /// The next item; nil when the turn is over.
    mutating func start(quantum: Int) -> (ordering: String, item: Item)? {
        while mayStart, let ordering = ready.first {
            guard let first = lines[ordering]?.items.first else {
                lines[ready.removeFirst()] = nil
                continue
            }
            guard let spent, spent + first.cost <= quantum else { return nil }
            self.spent = spent + first.cost
            ready.removeFirst()
            lines[ordering]?.items.removeFirst()
            lines[ordering]?.isRunning = true
            waiting -= 1
            running += 1
            return (ordering, first.item)
        }
        return nil
    }

    /// Frees a key; whether the company begins a turn by it, or nil when the key did not run.
    mutating func finish(_ ordering: String) -> Bool? {
        guard let line = lines[ordering], line.isRunning else { return nil }
        running -= 1
        if line.items.isEmpty {
            lines[ordering] = nil
        } else {
            lines[ordering]?.isRunning = false
            ready.append(ordering)
        }
        return beginTurn()
    }

    /// Whether the company takes another turn.
    mutating func endTurn(quantum: Int) -> Bool {
        spent = mayStart ? (spent ?? quantum) - quantum : nil
        return hasTurn
    }

    mutating func takeWaiting(of ordering: String) -> [Item] {
        let items = lines[ordering]?.items.map(\.item) ?? []
        lines[ordering]?.items = []
        waiting -= items.count
        return items
    }

    /// Returns how many were dropped.
    mutating func drop(where isDropped: (Item) -> Bool) -> Int {
        let before = waiting
        for ordering in Array(lines.keys) {
            lines[ordering]?.items.removeAll { isDropped($0.item) }
        }
        waiting = lines.values.reduce(0) { $0 + $1.items.count }
        return before - waiting
    }

    /// Forgets keys with nothing in line.
    mutating func sweep() {
        ready.removeAll { lines[$0]?.items.isEmpty != false }
        lines = lines.filter { $0.value.isRunning || !$0.value.items.isEmpty }
        if ready.isEmpty { spent = nil }
    }

    private mutating func beginTurn() -> Bool {
        guard spent == nil, mayStart else { return false }
        spent = 0
        return true
    }
}
