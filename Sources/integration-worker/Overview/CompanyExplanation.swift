import Domain
import Store

/// How a company's integration stands, a sentence a line.
struct CompanyExplanation {
    let company: String
    let provider: ProviderID
    let integration: CompanyOverview

    init(company: String, _ provider: ProviderID, _ integration: CompanyOverview) {
        self.company = company
        self.provider = provider
        self.integration = integration
    }

    private var wording: Wording { Wording(now: integration.now) }

    var sentences: [String] {
        let sentences = [state, organization, account, people] + waits
        return sentences.compactMap { $0.map(Wording.printable) }
    }

    private var state: String {
        let since = integration.changedAt.map { ", last changed \(wording.moment($0))" } ?? ""
        let meaning =
            switch integration.state {
            case .on: "People may connect and syncs run."
            case .off where integration.changedAt == nil:
                "It has never been on: an authorization by an owner or admin turns it on."
            case .off:
                "Nobody can connect and no sync runs; an authorization by an owner or admin turns "
                    + "it on."
            case .reauthorizationRequired:
                "The grant it was turned on with is lost. People keep their own grants and their "
                    + "syncs go on; an owner or admin authorizes again or disables."
            }
        let word =
            integration.state == .reauthorizationRequired
            ? "must be authorized again" : "is \(integration.state.rawValue)"
        return "The integration of \(company) with \(provider) \(word)\(since). \(meaning)"
    }

    private var organization: String? {
        guard let id = integration.organizationID else { return nil }
        guard let name = integration.organizationName else {
            return "The company's organization is \(id)."
        }
        return "The company's organization is \(name) (\(id))."
    }

    private var account: String? {
        guard let grant = integration.grant else { return nil }
        return "It was turned on with the account \(grant.account). "
            + grant.sentence(wording)
    }

    private var people: String {
        let connections = integration.connections
        guard connections.total.count > 0 else {
            return "No person has connected yet."
        }
        let connected = Wording.subject(
            connections.count(ConnectionState.connected),
            "person is connected",
            "people are connected"
        )
        let suspended = Wording.number(connections.count(ConnectionState.suspended))
        let asked = Wording.number(connections.count(ConnectionState.reauthorizationRequired))
        let gone = Wording.number(connections.count(ConnectionState.disconnected))
        return "\(connected), \(suspended) suspended, \(asked) must sign in again, "
            + "\(gone) disconnected."
    }

    private var waits: [String?] {
        let sentences = [attempts, revocations, integration.parked.sentence(of: nil, wording)]
        let isQuiet = sentences.allSatisfy { $0 == nil }
        return isQuiet ? ["Nothing waits."] : sentences
    }

    private var attempts: String? {
        let open = integration.attempts.total
        guard open.count > 0 else { return nil }
        let subject = Wording.subject(open, "authorization has", "authorizations have")
        return "\(subject) been begun and not finished."
    }

    private var revocations: String? {
        let waiting = integration.revocations
        guard waiting.rows.count > 0 else { return nil }
        let subject = Wording.subject(waiting.rows, "grant waits", "grants wait")
        let oldest = waiting.oldest.map { ", the oldest since \(wording.moment($0))" } ?? ""
        return "\(subject) for the end at \(provider)\(oldest)."
    }
}

extension GrantOverview {
    /// What its state means, in the words of the state page.
    func sentence(_ wording: Wording) -> String {
        let stored = "its tokens were stored \(wording.moment(refreshedAt))"
        switch state {
        case .active:
            return "The grant is active: calls use its access token; \(stored)."
        case .refreshing:
            return "The grant is refreshing: one worker exchanges the refresh token, everyone else "
                + "waits for the next generation; \(stored)."
        case .ambiguous:
            return
                "The grant is ambiguous: the refresh token was sent and no answer came, it may be "
                + "spent. The access token is used for as long as it works; \(stored)."
        case .resending:
            return "The grant is ambiguous, and one worker is sending the refresh token again; "
                + "\(stored)."
        case .lost:
            let reason = lostReason.map { " (\($0))" } ?? ""
            return
                "The grant is lost\(reason): the provider refused the refresh token. The person's "
                + "next authorization brings it back."
        case .revoked:
            return "The grant is revoked: ended by this service, its tokens are erased. An "
                + "authorization by the same provider user makes it active again."
        }
    }
}

extension ParkedRequests {
    /// What waits, until when, and why; `nil` where nothing does.
    func sentence(of person: String?, _ wording: Wording) -> String? {
        guard waiting.rows.count > 0 else { return nil }
        let whose = person.map { " of \($0)" } ?? ""
        let subject = Wording.subject(
            waiting.rows,
            "request\(whose) waits",
            "requests\(whose) wait"
        )
        let oldest = waiting.oldest.map { ", the oldest since \(wording.moment($0))" } ?? ""
        let next =
            nextAt.map { "the first may run at \(wording.moment($0))" }
            ?? "the first runs as soon as there is room"
        guard let lastError else { return "\(subject) in the database\(oldest); \(next)." }
        let spent = Wording.subject(RowCount(attempts ?? 0), "attempt", "attempts")
        return "\(subject) in the database\(oldest); \(next). The last that failed has spent "
            + "\(spent): \(lastError)."
    }
}
