@testable import Runtime

/// One random life of a dispatcher: arrivals, ends, ends that come twice, revocations, keys whose
/// items are taken away.
struct DispatchHistory {
    typealias Key = KeyedDispatcher<Int>.Key

    /// The first company is the giant; keys are named by their place here.
    private static let keys = [3, 2, 1].enumerated().flatMap { company, count in
        (0..<count).map { Key(company: "c\(company)", ordering: "u\($0)") }
    }
    private static let places = Dictionary(
        uniqueKeysWithValues: keys.enumerated().map { ($1, $0) }
    )
    private static let company = [0, 0, 0, 1, 1, 2]
    private static let names = ["c0", "c1", "c2"]
    private static let keysOfCompany = [0b00_0111, 0b01_1000, 0b10_0000]

    private let seed: Int
    private var random: SplitMix
    private let maximum: Int
    private let maximumPerCompany: Int
    private let maximumCost: Int
    private var dispatcher: KeyedDispatcher<Int>

    /// The model: what waits behind each key, a bit for each key with something, one for each that runs.
    private var queues: [[Int]] = Array(repeating: [], count: 6)
    private var filled = 0
    private var running = 0
    private var waiting = 0
    private var number = 0
    private var quantum = 1
    /// What each company has started, in cost, while another waited for its turn.
    private var passed = [[0, 0, 0], [0, 0, 0], [0, 0, 0]]
    /// The keys that have started while another of their company waited for its turn.
    private var waited = 0
    private var overtook: [Int] = Array(repeating: 0, count: 6)

    init(seed: Int) {
        self.seed = seed
        random = SplitMix(seed: seed)
        maximum = 1 + random.next(below: 4)
        maximumPerCompany = 1 + random.next(below: maximum)
        maximumCost = 1 + random.next(below: 3)
        dispatcher = KeyedDispatcher(
            maximumInFlight: maximum,
            maximumPerCompany: maximumPerCompany
        )
    }

    /// What first went wrong, if anything did.
    mutating func fault() -> String? {
        for step in 0..<8 + random.next(below: 9) {
            let found = act()
            settle()
            if let fault = found ?? difference() { return "step \(step): \(fault)" }
        }
        // What may start is known at every step; one end in four shows that it all does.
        while seed.isMultiple(of: 4), running != 0 || waiting != 0 {
            if let fault = start() ?? difference() { return "at the end: \(fault)" }
            guard running != 0 else { return "at the end: items wait, none runs" }
            finish(anyRunning())
        }
        return difference()
    }

    private mutating func act() -> String? {
        switch random.next(below: 16) {
        case 0..<7: enqueue()
        case 7..<10: return start()
        case 10..<13: if running != 0 { finish(anyRunning()) }
        case 13: finish(random.next(below: 6))
        case 14: return takeWaiting()
        default: drop()
        }
        return nil
    }

    private mutating func anyRunning() -> Int {
        var place = random.next(below: 6)
        while running & 1 << place == 0 { place = (place + 1) % 6 }
        return place
    }

    /// An item is its number, its cost and its partition.
    private mutating func enqueue() {
        let place = random.next(below: 6)
        let cost = 1 + random.next(below: maximumCost)
        number += 1
        let item = number << 4 | cost << 2 | random.next(below: 3)
        quantum = max(quantum, cost)
        queues[place].append(item)
        filled |= 1 << place
        waiting += 1
        dispatcher.enqueue(item, for: Self.keys[place], cost: cost)
    }

    private mutating func finish(_ place: Int) {
        running &= ~(1 << place)
        dispatcher.finish(Self.keys[place])
    }

    private mutating func takeWaiting() -> String? {
        let place = random.next(below: 6)
        let expected = queues[place]
        queues[place] = []
        filled &= ~(1 << place)
        waiting -= expected.count
        let taken = dispatcher.takeWaiting(of: Self.keys[place])
        return taken == expected ? nil : "\(taken) taken, not \(expected)"
    }

    private mutating func drop() {
        let partition = random.next(below: 3)
        for place in 0..<6 where !queues[place].isEmpty {
            waiting -= queues[place].count
            queues[place].removeAll { $0 & 3 == partition }
            waiting += queues[place].count
            if queues[place].isEmpty { filled &= ~(1 << place) }
        }
        dispatcher.drop { $0 & 3 == partition }
    }

    /// Keys that have something to run and do not run.
    private var ready: Int { filled & ~running }

    private func mayStart(_ company: Int) -> Int {
        let keys = Self.keysOfCompany[company]
        return min(
            (ready & keys).nonzeroBitCount,
            maximumPerCompany - (running & keys).nonzeroBitCount
        )
    }

    private mutating func start() -> String? {
        let all = mayStart(0) + mayStart(1) + mayStart(2)
        let expected = min(maximum - running.nonzeroBitCount, all)
        let started = dispatcher.start()
        guard started.count == expected else {
            return "\(started.count) started, not \(expected)"
        }
        for (key, item) in started {
            guard let place = Self.places[key] else { return "\(key) was never there" }
            if let fault = noteStart(of: item, at: place) { return fault }
        }
        return nil
    }

    private mutating func noteStart(of item: Int, at place: Int) -> String? {
        guard running & 1 << place == 0 else { return "key \(place) started beside itself" }
        guard queues[place].first == item else { return "\(item) started out of turn" }
        if let fault = noteTurn(of: place, cost: item >> 2 & 3) { return fault }
        queues[place].removeFirst()
        if queues[place].isEmpty { filled &= ~(1 << place) }
        waiting -= 1
        running |= 1 << place
        settle()
        return nil
    }

    /// Nobody who waits for a turn is passed by more than one turn of each other.
    private mutating func noteTurn(of place: Int, cost: Int) -> String? {
        let company = Self.company[place]
        for other in 0..<3 where other != company {
            passed[other][company] += cost
            // A quantum, and what the turn before may have left.
            if passed[other][company] > 2 * quantum - 1, mayStart(other) > 0 {
                return "company \(company) had more than a turn while \(other) waited"
            }
        }
        var others = ready & Self.keysOfCompany[company] & ~(1 << place)
        while others != 0 {
            let other = others.trailingZeroBitCount
            if overtook[other] & 1 << place != 0 {
                return "key \(place) had two turns while \(other) waited"
            }
            overtook[other] |= 1 << place
            others &= others - 1
        }
        passed[company] = [0, 0, 0]
        overtook[place] = 0
        return nil
    }

    /// Who waits for nothing is passed by nobody.
    private mutating func settle() {
        for company in 0..<3 where mayStart(company) == 0 { passed[company] = [0, 0, 0] }
        var ended = waited & ~ready
        while ended != 0 {
            overtook[ended.trailingZeroBitCount] = 0
            ended &= ended - 1
        }
        waited = ready
    }

    private func difference() -> String? {
        if dispatcher.waiting != waiting { return "\(dispatcher.waiting) wait, not \(waiting)" }
        if dispatcher.inFlight != running.nonzeroBitCount {
            return "\(dispatcher.inFlight) run, not \(running.nonzeroBitCount)"
        }
        let company = number % 3
        let keys = Self.keysOfCompany[company]
        var held = (running & keys).nonzeroBitCount
        for place in 0..<6 where keys & 1 << place != 0 { held += queues[place].count }
        let found = dispatcher.held(by: Self.names[company])
        return found == held ? nil : "company \(company) holds \(found), not \(held)"
    }
}
