import Domain
import FoundationEssentials
import Kafka
import Store
import Testing

@testable import Runtime

/// A log of requests, and workers that take them on, fail, park, die and succeed each other; the state
/// is the worker's own, the database is real.
///
/// Every step is one that the worker makes, in an order it may come in: a claim or a load is under way
/// while attempts fail and long work is parked. What must hold at every start: all earlier requests of
/// the key are done. And at the end: every request is done, once.
struct DeliveryHistory {
    /// How many are played: 24, or as `DELIVERY_HISTORIES` says.
    static let count =
        ProcessInfo.processInfo.environment["DELIVERY_HISTORIES"].flatMap(Int.init) ?? 24

    private static let partition = RequestPartition(topic: "sync-request", partition: 0)

    private let store: Store
    private let reader = RecordReader(topicPrefix: "", groupID: "test", workerVersion: "test")
    private let log: [ConsumerRecord]
    private var random: SplitMix
    private var state: WorkState
    private var lease: Lease
    private var position = 0
    private var committed = 0
    private var running: [WorkItem] = []
    /// What a claim or a load has brought and the worker has not queued yet.
    private var arrival: ((inout WorkState) -> [Parking])?
    private var done: [Int64: Int] = [:]
    private var started: [Int64] = []

    init(store: Store, seed: Int, length: Int) async throws {
        self.store = store
        random = SplitMix(seed: seed)
        var log: [ConsumerRecord] = []
        for offset in 0..<length {
            let company = random.next(below: 2)
            let user = random.next(below: 3)
            log.append(Self.record(offset, company: "c-\(company)", user: "u-\(user)"))
        }
        self.log = log
        (state, lease) = try await Self.successor(store)
    }

    /// Plays until everything is done, or so many steps have not been enough.
    mutating func play() async throws {
        for _ in 0..<(log.count * 40) where done.count < log.count {
            switch random.next(below: 100) {
            case ..<25: try await claim()
            case ..<40: try await load()
            case ..<60: try await arrive()
            case ..<75: start()
            case ..<88: try await finish()
            case ..<94: try await retry()
            case ..<96: try await parkLong()
            case ..<98: committed = Int(state.takeCommits()[Self.partition] ?? Int64(committed))
            default: try await succeed()
            }
        }
        #expect(done.count == log.count, "\(log.count - done.count) requests are lost")
        #expect(done.values.allSatisfy { $0 == 1 })
    }

    // MARK: - Steps

    private mutating func claim() async throws {
        guard arrival == nil, position < log.count else { return }
        let end = min(log.count, position + 1 + random.next(below: 8))
        let items = state.receive(log[position..<end].map { reader.read($0, lease: lease) })
        position = end
        state.beginIntake()
        let claimed = try await store.claim(items.map(\.claim))
        arrival = { $0.enqueue(items, claimed: claimed) }
    }

    private mutating func load() async throws {
        guard arrival == nil else { return }
        state.beginIntake()
        let room = state.hasBacklog ? state.roomToLoad : 0
        let items = try await store.load(state.activeLeases, waiting: min(2, room), due: 2)
            .map(reader.read)
        arrival = { $0.enqueue(loaded: items) }
    }

    private mutating func arrive() async throws {
        guard let arrival else { return }
        self.arrival = nil
        try await park(arrival(&state))
    }

    private mutating func start() {
        for item in state.start() {
            let earlier = log[..<Int(item.claim.offset)].filter {
                $0.key == item.record.key && done[$0.offset.rawValue] == nil
            }
            #expect(earlier.isEmpty, "\(item.claim.offset) started before \(earlier.map(\.offset))")
            running.append(item)
        }
    }

    private mutating func finish() async throws {
        guard let item = takeRunning() else { return }
        let result = try await complete(item, .changes([], []))
        guard case .written = result else {
            Issue.record("\(item.claim.offset) is refused: \(result)")
            return
        }
        done[item.claim.offset, default: 0] += 1
        _ = state.finish(item, .done)
    }

    private mutating func retry() async throws {
        guard let item = takeRunning() else { return }
        let delay: Duration = .milliseconds(random.next(below: 3))
        let first = item.parking(.after(delay), attempt: item.attempt + 1)
        let behind = state.takeBehind(item)
        // A claim that was under way may arrive before the transaction ends, or after.
        if random.next(below: 2) == 0 { try await arrive() }
        guard case .written = try await complete(item, .parked(first, behind: behind)) else {
            Issue.record("\(item.claim.offset) is not parked")
            return
        }
        if random.next(below: 2) == 0 { try await arrive() }
        try await park(state.settle([first] + behind))
        _ = state.finish(item, .parked)
    }

    private mutating func parkLong() async throws {
        try await park(state.takeLong(since: .now))
    }

    /// The worker dies, or its partition goes to another.
    private mutating func succeed() async throws {
        (state, lease) = try await Self.successor(store)
        (running, arrival, position) = ([], nil, committed)
    }

    // MARK: - As the worker does it

    private mutating func park(_ parkings: [Parking]) async throws {
        var parkings = parkings
        while !parkings.isEmpty {
            let parked = try await store.park(parkings)
            parkings = state.settle(parkings.filter { parked.contains($0.claim.identity) })
        }
    }

    private func complete(
        _ item: WorkItem,
        _ work: Completion.Work
    ) async throws -> CompletionResult {
        let completion = Completion(claim: item.claim, cause: item.cause, work: work)
        return try await #require(store.complete([completion], now: Date()).first)
    }

    private mutating func takeRunning() -> WorkItem? {
        guard !running.isEmpty else { return nil }
        return running.remove(at: random.next(below: running.count))
    }

    private static func successor(_ store: Store) async throws -> (WorkState, Lease) {
        let leases = try await store.acquireLeases(on: [partition], owner: "test")
        var state = WorkState(limits: WorkLimits(maximumInFlight: 3, maximumPerCompany: 4))
        state.assign(leases, backlog: try await store.backlog(of: [partition]))
        return (state, try #require(leases.first))
    }

    private static func record(_ offset: Int, company: String, user: String) -> ConsumerRecord {
        let data = #"{"companyId":"\#(company)","provider":"salesforce","userId":"\#(user)"}"#
        return ConsumerRecord(
            topicPartition: TopicPartition(topic: partition.topic, partition: 0),
            offset: Offset(rawValue: Int64(offset)),
            timestamp: nil,
            key: Array("\(company)/\(user)".utf8),
            value: Array(data.utf8),
            headers: [
                ("ce_specversion", "1.0"), ("ce_id", "r-\(offset)"), ("ce_source", "/test"),
                ("ce_type", "sync.request.v1"), ("content-type", "application/json"),
            ].map { RecordHeader(name: $0.0, text: $0.1) }
        )
    }
}
