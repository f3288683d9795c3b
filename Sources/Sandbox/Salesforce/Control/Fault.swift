/// A planned misbehaviour of some calls.
struct Fault: Sendable, Identifiable {
    /// What happens to a call.
    enum Kind: Sendable {
        /// This answer instead.
        case answer(Reply)
        /// A pause before or after the work is done.
        case delay(milliseconds: Int)
        /// The connection is cut, before or after the work is done.
        case reset
        /// The answer stops after so many bytes.
        case truncate(bytes: Int)
    }

    /// On which side of the call's work it strikes.
    enum Phase: String, Codable, Sendable { case before, after }

    let id: Int
    let label: String
    let method: String?
    /// What the path begins with.
    let path: String
    /// A text the form body must contain, such as a grant type.
    let bodyContains: String?
    let kind: Kind
    let phase: Phase
    /// How many more calls it strikes, nil for without end.
    var remaining: Int?
    /// How likely it strikes a call that matches.
    let probability: Double
    var random: SplitMix
    var hits = 0

    /// Whether it strikes this call; counts when it does.
    mutating func strikes(_ request: WireRequest) -> Bool {
        guard remaining != 0, method == nil || method == request.method,
            request.path.hasPrefix(path)
        else { return false }
        if let bodyContains,
            !String(decoding: request.body, as: UTF8.self).contains(bodyContains)
        {
            return false
        }
        if probability < 1, Double(random.below(1_000_000)) / 1_000_000 >= probability {
            return false
        }
        hits += 1
        remaining = remaining.map { $0 - 1 }
        return true
    }
}

extension SalesforceState {
    /// The first fault that strikes a call.
    mutating func fault(for request: WireRequest) -> Fault? {
        guard !faults.isEmpty else { return nil }
        for index in faults.indices where faults[index].strikes(request) {
            return faults[index]
        }
        return nil
    }
}
