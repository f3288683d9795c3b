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
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 2, maximumPerCompany: 2)
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
    func tenThousandItemsOfOneCompanyDelayAnotherByOneAtMost(maximumInFlight: Int) {
        var dispatcher = KeyedDispatcher<Int>(
            maximumInFlight: maximumInFlight,
            maximumPerCompany: maximumInFlight
        )
        for item in 1...10_000 {
            dispatcher.enqueue(item, for: Key(company: "giant", ordering: "u-\(item)"))
        }
        var running = dispatcher.start().map(\.key)
        #expect(running.count == maximumInFlight)

        let small = Key(company: "small", ordering: "u-1")
        dispatcher.enqueue(0, for: small)
        // Places become free one by one.
        for _ in 1...2 where !running.contains(small) {
            dispatcher.finish(running.removeLast())
            running += dispatcher.start().map(\.key)
        }
        #expect(running.contains(small))
    }

    @Test func companyLeavesPlacesToOthersHoweverLongItsItemsRun() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 8)
        for item in 1...100 {
            dispatcher.enqueue(item, for: Key(company: "giant", ordering: "u-\(item)"))
        }
        #expect(dispatcher.start().count == 6)

        dispatcher.enqueue(0, for: key)
        #expect(dispatcher.start().map(\.item) == [0])
        #expect(dispatcher.start().isEmpty)
        dispatcher.finish(Key(company: "giant", ordering: "u-1"))
        #expect(dispatcher.start().map(\.item) == [7])
    }

    @Test func oneOfFewPlacesIsEverybodys() {
        #expect(KeyedDispatcher<Int>(maximumInFlight: 1).maximumPerCompany == 1)
        #expect(KeyedDispatcher<Int>(maximumInFlight: 256).maximumPerCompany == 192)
    }

    @Test func companiesTakeTurnsByCost() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 100)
        for item in 1...2 {
            dispatcher.enqueue(item, for: Key(company: "acme", ordering: "u-\(item)"), cost: 3)
        }
        for item in 3...9 {
            dispatcher.enqueue(item, for: Key(company: "globex", ordering: "u-\(item)"))
        }

        #expect(dispatcher.start().map(\.item) == [1, 3, 4, 5, 2, 6, 7, 8, 9])
    }

    @Test func companyThatHadNothingToStartSavedNoTurnsUp() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 1)
        var started: [Int] = []
        func enqueue(_ items: ClosedRange<Int>, of company: String) {
            for item in items {
                dispatcher.enqueue(item, for: Key(company: company, ordering: "u-\(item)"))
            }
        }
        func run(atMost count: Int) {
            for _ in 0..<count {
                for (key, item) in dispatcher.start() {
                    started.append(item)
                    dispatcher.finish(key)
                }
            }
        }

        enqueue(1...5, of: "acme")
        run(atMost: 3)
        enqueue(6...8, of: "globex")
        run(atMost: 8)
        #expect(started == [1, 2, 3, 6, 4, 7, 5, 8])
    }

    @Test func heldIsWhatWaitsAndWhatRuns() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 8)
        for item in 1...3 { dispatcher.enqueue(item, for: key) }
        dispatcher.enqueue(4, for: Key(company: "", ordering: "sync-request/0/7"))
        _ = dispatcher.start()

        #expect(dispatcher.held(by: "acme") == 3)
        #expect(dispatcher.held(by: "") == 1)
        #expect(dispatcher.held(by: "globex") == 0)
        dispatcher.finish(key)
        #expect(dispatcher.held(by: "acme") == 2)
    }

    @Test func whatWaitsBehindAKeyIsTakenInOrder() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 8)
        let other = Key(company: "acme", ordering: "u-2")
        for item in 1...3 { dispatcher.enqueue(item, for: key) }
        for item in 4...5 { dispatcher.enqueue(item, for: other) }

        #expect(dispatcher.takeWaiting(of: other) == [4, 5])
        #expect(dispatcher.takeWaiting(of: other).isEmpty)
        #expect(dispatcher.start().map(\.item) == [1])
        #expect(dispatcher.takeWaiting(of: key) == [2, 3])
        #expect(dispatcher.inFlight == 1)
        dispatcher.enqueue(6, for: key)
        #expect(dispatcher.start().isEmpty)
        dispatcher.finish(key)
        #expect(dispatcher.start().map(\.item) == [6])
        #expect(dispatcher.takeWaiting(of: Key(company: "initech", ordering: "u-1")).isEmpty)
    }

    @Test func takingAKeyOfAHundredThousandCostsNoMoreThanOne() {
        var dispatcher = KeyedDispatcher<Int>(maximumInFlight: 8)
        let keys = (0..<100_000).map { Key(company: "giant", ordering: "u-\($0)") }
        for (item, key) in keys.enumerated() { dispatcher.enqueue(item, for: key) }

        for (item, key) in keys.enumerated().reversed() {
            guard dispatcher.takeWaiting(of: key) == [item] else {
                Issue.record("\(key) did not hold \(item)")
                return
            }
        }
        #expect(dispatcher.held(by: "giant") == 0)
        #expect(dispatcher.start().isEmpty)
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

    @Test func agreesWithItsModel() async {
        await Histories.run { seed in
            var history = DispatchHistory(seed: seed)
            return history.fault()
        }
    }
}
