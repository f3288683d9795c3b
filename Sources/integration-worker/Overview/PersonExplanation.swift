import Domain
import Store

/// How a person's connection stands, a sentence a line.
struct PersonExplanation {
    let owner: TaskOwner
    let person: PersonOverview

    private var wording: Wording { Wording(now: person.now) }

    var sentences: [String] {
        let sentences = [
            state, account, attempts, coverage, nextSync, runningImport, list,
            person.parked.sentence(of: owner.userID.rawValue, wording)
                ?? "No request of \(owner.userID) waits.",
        ]
        return sentences.compactMap { $0.map(Wording.printable) }
    }

    private var state: String {
        let since = person.changedAt.map { ", last changed \(wording.moment($0))" } ?? ""
        let word =
            person.state == .reauthorizationRequired
            ? "must sign in again" : "is \(person.state.rawValue)"
        return "\(owner.userID) of \(owner.companyID) \(word)\(since). \(meaning)"
    }

    private var meaning: String {
        switch person.state {
        case .connected: "The schedule and every request for a sync read their tasks."
        case .disconnected where person.changedAt == nil: "They have never been connected."
        case .disconnected: "They turned it off; their own authorization connects them again."
        case .suspended where person.companyState == .off:
            "The company's integration is off: syncs are refused and nothing is lost; the grant is "
                + "kept alive. The company's next authorization decides."
        case .suspended: "Syncs are refused and nothing is lost; the grant is kept alive."
        case .reauthorizationRequired: "The schedule leaves them alone. \(whySignIn)"
        }
    }

    private var whySignIn: String {
        guard let grant = person.grant else { return "There is no grant to read with." }
        if let organization = person.organizationID, grant.organizationID != organization,
            grant.state != .lost
        {
            return "Their account is of the organization \(grant.organizationID), and not of the "
                + "company's, which is \(organization)."
        }
        return "The grant their syncs ran with is no longer honoured."
    }

    private var account: String? {
        guard let grant = person.grant else { return nil }
        return "Their account is \(grant.account) of the organization \(grant.organizationID). "
            + grant.sentence(wording)
    }

    private var attempts: String? {
        guard person.attempts.total.count > 0 else { return nil }
        return "An authorization of theirs has been begun and not finished."
    }

    private var coverage: String? {
        guard let until = person.coveredUntil else {
            return person.changedAt == nil ? nil : "No import of their tasks is complete."
        }
        guard person.state == .connected else {
            return "Their tasks were last covered until \(wording.moment(until))."
        }
        return
            "Their tasks are covered until \(wording.moment(until)): every change before that has "
            + "been seen."
    }

    private var nextSync: String? {
        guard person.state == .connected else { return "No sync is due." }
        guard let next = person.nextSyncAt else {
            return "Their first sync was requested when they connected; the schedule takes them up."
        }
        return next > person.now
            ? "The next sync is due at \(wording.moment(next))."
            : "A sync has been due since \(wording.moment(next)): the schedule has not taken it up."
    }

    private var runningImport: String {
        guard let running = person.runningImport else {
            return "No import is under way beyond its first page."
        }
        let tasks = Wording.subject(RowCount(running.tasks), "task", "tasks")
        return "An import is under way since \(wording.moment(running.startedAt)): \(tasks) so far."
    }

    private var list: String {
        let open = Wording.subject(person.openTasks, "open task is", "open tasks are")
        return "\(open) in the list, and \(Wording.number(person.closedTasks)) closed."
    }
}
