import Testing

@testable import Runtime

@Suite(.timeLimit(Histories.timeLimit))
struct KeyedDispatcherTests {
    typealias Key = KeyedDispatcher<Int>.Key

    private let key = Key(company: "acme", ordering: "u-1")

    @Test func itemsOfOneKeyRunOneAtATimeInOrder() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 8)
        for item in 1...3 { dispatcher.enqueue(item, for: key) }

        for item in 1...3 {
            #expect(dispatcher.start().map(\.item) == [item])
            #expect(dispatcher.start().isEmpty)
            dispatcher.finish(key)
        }
        #expect(dispatcher.start().isEmpty)
        #expect(dispatcher.waiting == 0)
        #expect(dispatcher.inFlight == 0)
    }

    @Test func keysRunSideBySide() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 8)
        dispatcher.enqueue(1, for: key)
        dispatcher.enqueue(2, for: Key(company: "acme", ordering: "u-2"))
        // The same ordering in another company is another key.
        dispatcher.enqueue(3, for: Key(company: "globex", ordering: "u-1"))

        #expect(dispatcher.start().map(\.item) == [1, 3, 2])
    }

    @Test func noMoreRunThanMayBeInFlight() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 2)
        let keys = (1...5).map { Key(company: "acme", ordering: "u-\($0)") }
        for (item, key) in keys.enumerated() { dispatcher.enqueue(item, for: key) }

        #expect(dispatcher.start().count == 2)
        #expect(dispatcher.start().isEmpty)
        #expect(dispatcher.inFlight == 2)
        #expect(dispatcher.waiting == 3)
        dispatcher.finish(keys[0])
        #expect(dispatcher.start().map(\.item) == [2])
    }

    @Test func itemThatArrivesWhileItsKeyRunsWaitsForIt() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 8)
        dispatcher.enqueue(1, for: key)
        _ = dispatcher.start()

        dispatcher.enqueue(2, for: key)
        #expect(dispatcher.start().isEmpty)
        dispatcher.finish(key)
        #expect(dispatcher.start().map(\.item) == [2])
    }

    @Test func companiesTakeTurns() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 100)
        for item in 0..<6 {
            let company = ["acme", "acme", "acme", "acme", "globex", "initech"][item]
            dispatcher.enqueue(item, for: Key(company: company, ordering: "u-\(item)"))
        }

        #expect(dispatcher.start().map(\.item) == [0, 4, 5, 1, 2, 3])
    }

    @Test(arguments: [1, 4, 256])
    func tenThousandItemsOfOneCompanyDelayAnotherByOneRoundAtMost(maximumInFlight: Int) {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: maximumInFlight)
        for item in 1...10_000 {
            dispatcher.enqueue(item, for: Key(company: "giant", ordering: "u-\(item)"))
        }
        var running = dispatcher.start().map(\.key)
        #expect(running.count == maximumInFlight)

        let small = Key(company: "small", ordering: "u-1")
        dispatcher.enqueue(0, for: small)
        var ahead = 0
        // Places become free one by one.
        while let key = running.popLast(), key != small {
            dispatcher.finish(key)
            let started = dispatcher.start().map(\.key)
            ahead += started.count { $0 != small }
            running += started
        }
        #expect(ahead <= 1)
    }

    @Test func droppedItemsNeverStart() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 8)
        for item in 1...4 { dispatcher.enqueue(item, for: key) }
        dispatcher.enqueue(5, for: Key(company: "globex", ordering: "u-2"))

        dispatcher.drop { !$0.isMultiple(of: 2) }
        #expect(dispatcher.waiting == 2)
        #expect(dispatcher.start().map(\.item) == [2])
        dispatcher.finish(key)
        #expect(dispatcher.start().map(\.item) == [4])
    }

    @Test func keyWhoseItemsWereDroppedTakesNewOnes() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 8)
        dispatcher.enqueue(1, for: key)
        dispatcher.drop { _ in true }
        #expect(dispatcher.start().isEmpty)

        dispatcher.enqueue(2, for: key)
        #expect(dispatcher.start().map(\.item) == [2])
    }

    @Test func droppingLeavesWhatRunsAlone() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 8)
        dispatcher.enqueue(1, for: key)
        _ = dispatcher.start()
        dispatcher.enqueue(2, for: key)

        dispatcher.drop { _ in true }
        #expect(dispatcher.inFlight == 1)
        dispatcher.enqueue(3, for: key)
        #expect(dispatcher.start().isEmpty)
        dispatcher.finish(key)
        #expect(dispatcher.start().map(\.item) == [3])
    }

    @Test func finishingWhatDoesNotRunChangesNothing() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 8)
        for item in 1...2 { dispatcher.enqueue(item, for: key) }

        dispatcher.finish(key)
        #expect(dispatcher.start().map(\.item) == [1])
        dispatcher.finish(key)
        dispatcher.finish(key)
        #expect(dispatcher.start().map(\.item) == [2])
    }

    @Test(arguments: Histories.seeds)
    func agreesWithItsModel(seeds: Range<Int>) {
        for seed in seeds {
            var history = DispatchHistory(seed: seed)
            if let fault = history.fault() {
                Issue.record("history \(seed): \(fault)")
                return
            }
        }
    }
}

/// One random life of a dispatcher: arrivals, ends, revocations, ends that come twice.
private struct DispatchHistory {
    typealias Key = KeyedDispatcher<Item>.Key

    struct Item: Equatable {
        var number: Int
        var partition: Int
    }

    private var random: Histories.Generator
    private let maximum: Int
    private var dispatcher: KeyedDispatcher<Item>
    /// The model: what waits behind each key, and which keys run.
    private var queues: [Key: [Item]] = [:]
    private var running: Set<Key> = []
    /// Nobody is to be passed twice by the same one.
    private var companies = Turns<String>()
    private var keys = Turns<Key>()
    private var number = 0

    init(seed: Int) {
        random = Histories.Generator(seed: seed)
        maximum = Int.random(in: 1...4, using: &random)
        dispatcher = KeyedDispatcher(maximumInFlight: maximum)
    }

    /// Keys that have something to run and do not run.
    private var ready: Set<Key> { Set(queues.keys).subtracting(running) }

    /// What first went wrong, if anything did.
    mutating func fault() -> String? {
        for step in 0..<Int.random(in: 1...60, using: &random) {
            let found = act()
            if let fault = found ?? difference() { return "step \(step): \(fault)" }
        }
        while !running.isEmpty || !queues.isEmpty {
            if let fault = start() ?? difference() { return "at the end: \(fault)" }
            guard let key = anyRunning() else { return "at the end: items wait, none runs" }
            finish(key)
        }
        return difference()
    }

    private mutating func act() -> String? {
        switch Int.random(in: 0..<16, using: &random) {
        case 0..<7: enqueue()
        case 7..<10: return start()
        case 10..<14:
            if let key = anyRunning() { finish(key) }
        case 14: finish(anyKey())
        default: drop()
        }
        return nil
    }

    private mutating func anyKey() -> Key {
        // The first company is the giant.
        let company = max(0, Int.random(in: -3...2, using: &random))
        return Key(
            company: "c\(company)",
            ordering: "u\(Int.random(in: 0...(company == 0 ? 7 : 1), using: &random))"
        )
    }

    private mutating func anyRunning() -> Key? {
        running.sorted { ($0.company, $0.ordering) < ($1.company, $1.ordering) }
            .randomElement(using: &random)
    }

    private mutating func enqueue() {
        let key = anyKey()
        number += 1
        let item = Item(number: number, partition: Int.random(in: 0...2, using: &random))
        queues[key, default: []].append(item)
        dispatcher.enqueue(item, for: key)
        noteReady()
    }

    private mutating func finish(_ key: Key) {
        running.remove(key)
        dispatcher.finish(key)
        noteReady()
    }

    private mutating func drop() {
        let partition = Int.random(in: 0...2, using: &random)
        queues = queues.mapValues { $0.filter { $0.partition != partition } }
            .filter { !$0.value.isEmpty }
        dispatcher.drop { $0.partition == partition }
        noteReady()
    }

    private mutating func start() -> String? {
        let expected = min(maximum - running.count, ready.count)
        let started = dispatcher.start()
        guard started.count == expected else {
            return "\(started.count) started, not \(expected)"
        }
        for (key, item) in started {
            guard ready.contains(key) else { return "\(key) started beside itself" }
            guard queues[key]?.first == item else { return "\(item) started out of turn" }
            queues[key]?.removeFirst()
            if queues[key]?.isEmpty == true { queues[key] = nil }
            running.insert(key)
            if let passed = companies.start(key.company) {
                return "\(key.company) had two turns while \(passed) waited"
            }
            if let passed = keys.start(key, among: { $0.company == key.company }) {
                return "\(key) had two turns while \(passed) waited"
            }
            noteReady()
        }
        return nil
    }

    private mutating func noteReady() {
        let ready = ready
        companies.setReady(Set(ready.map(\.company)))
        keys.setReady(ready)
    }

    private func difference() -> String? {
        let waiting = queues.values.reduce(0) { $0 + $1.count }
        if dispatcher.waiting != waiting { return "\(dispatcher.waiting) wait, not \(waiting)" }
        if dispatcher.inFlight != running.count || running.count > maximum {
            return "\(dispatcher.inFlight) run, not \(running.count) of \(maximum)"
        }
        return nil
    }
}

/// Who had a turn while somebody else was ready: no one may have two before the other has one.
private struct Turns<Who: Hashable> {
    private var startedSince: [Who: Set<Who>] = [:]

    mutating func setReady(_ ready: Set<Who>) {
        startedSince = startedSince.filter { ready.contains($0.key) }
        for who in ready where startedSince[who] == nil { startedSince[who] = [] }
    }

    /// Notes a turn; whoever has now been passed twice by the same one comes back.
    mutating func start(_ who: Who, among isRival: (Who) -> Bool = { _ in true }) -> Who? {
        startedSince[who] = []
        for (other, started) in startedSince where other != who && isRival(other) {
            if started.contains(who) { return other }
            startedSince[other] = started.union([who])
        }
        return nil
    }
}
