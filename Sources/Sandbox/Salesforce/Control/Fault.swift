import OrderedCollections

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
    /// Whose token or code the call must carry: an id, a user name or an e-mail.
    let user: String?
    let kind: Kind
    let phase: Phase
    /// How many more calls it strikes, nil for without end.
    var remaining: Int?
    /// How likely it strikes a call that matches.
    let probability: Double
    var random: SplitMix
    var hits = 0

    /// Whether it strikes this call; counts when it does.
    mutating func strikes(_ request: WireRequest, of caller: SalesforceUser?) -> Bool {
        if let user {
            guard let caller, [caller.id.text, caller.username, caller.email].contains(user) else {
                return false
            }
        }
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
        let caller = faults.contains { $0.user != nil } ? caller(of: request) : nil
        for index in faults.indices where faults[index].strikes(request, of: caller) {
            return faults[index]
        }
        return nil
    }

    /// Whose token or code a call carries.
    private func caller(of request: WireRequest) -> SalesforceUser? {
        let form = request.method == "POST" ? request.form : FormFields("")
        let bearer = request.authorization?.split(separator: " ").last.map(String.init)
        let tokens = [bearer, form["token"], form["refresh_token"]].compactMap(\.self)
        for token in tokens {
            if let session = accessTokens[token] {
                return organizations[session.organizationID]?.users[session.userID]
            }
            if let grant = refreshTokens[token].flatMap({ grants[$0] }) {
                return organizations[grant.organizationID]?.users[grant.userID]
            }
        }
        return form["code"].flatMap { codes[$0] }.flatMap {
            organizations[$0.organizationID]?.users[$0.userID]
        }
    }
}
