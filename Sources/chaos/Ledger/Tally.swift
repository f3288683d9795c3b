/// What a ledger says about the delivery promise: pure arithmetic, no clock and no neighbour.
struct Tally: Hashable, Sendable {
    /// Requests that were sent.
    var requests = 0
    /// Requests without a final outcome.
    var lost: [String] = []
    /// Requests with final outcomes that differ.
    var contradicted: [String] = []
    /// Requests whose outcome came before that of an earlier one of the same key.
    var outOfOrder: [String] = []
    /// Events that were published, each counted once.
    var events = 0
    /// Records that repeat an event.
    var repeats = 0
    /// Events whose repeat is not the same, byte for byte, headers included.
    var altered: [String] = []

    init() {}

    /// Holds what was published, in the order of each partition, against what was asked, in the order
    /// of each key.
    init(requests: [Request], events: [Event]) {
        let byID = Dictionary(requests.map { ($0.id, $0) }) { first, _ in first }
        var outcomes: [String: Int] = [:]
        var lastNumber: [String: Int] = [:]
        self.requests = byID.count
        for event in distinct(events) {
            guard event.isFinal, let id = event.requestID, let request = byID[id] else { continue }
            outcomes[id, default: 0] += 1
            guard outcomes[id] == 1 else {
                contradicted.append(id)
                continue
            }
            if let last = lastNumber[request.key], last > request.number { outOfOrder.append(id) }
            lastNumber[request.key] = max(request.number, lastNumber[request.key] ?? 0)
        }
        lost = requests.map(\.id).filter { outcomes[$0] == nil }
    }

    /// Drops repeats and counts them.
    private mutating func distinct(_ events: [Event]) -> [Event] {
        var first: [String: Event] = [:]
        var distinct: [Event] = []
        for event in events {
            guard let id = event.id else { continue }
            if let known = first[id] {
                repeats += 1
                if !event.isRepeat(of: known) { altered.append(id) }
            } else {
                first[id] = event
                distinct.append(event)
            }
        }
        self.events = distinct.count
        return distinct
    }

    /// Repeats among all records, from 0 to 1.
    var shareOfRepeats: Double {
        events == 0 ? 0 : Double(repeats) / Double(events + repeats)
    }
}
