import Domain
import Store

/// Why a task is in a person's list, or is not.
struct TaskExplanation {
    let externalID: String
    let owner: TaskOwner
    let person: PersonOverview

    private var wording: Wording { Wording(now: person.now) }

    var sentence: String { Wording.printable(known ?? unknown) + elsewhere }

    private var known: String? {
        guard let task = person.task else { return nil }
        let changed =
            "last changed at \(owner.provider) \(wording.moment(task.providerUpdatedAt))"
        guard let reason = task.removalReason else {
            return "The task \(task.externalID) is in the list: "
                + "\(task.isClosed ? "closed" : "open"), version \(task.version), \(changed)."
        }
        return "The task \(task.externalID) was removed from the list (\(reason.rawValue)): "
            + "\(meaning(of: reason)). It is at version \(task.version), and was \(changed)."
    }

    private func meaning(of reason: RemovalReason) -> String {
        switch reason {
        case .deleted: "it was deleted at \(owner.provider)"
        case .reassigned: "it is somebody else's now"
        case .notVisible: "the account may not see it any more"
        case .disconnected: "the person or the company had it erased when they disconnected"
        }
    }

    private var unknown: String {
        let never = "The task \(externalID) has never been in the list."
        guard let covered = person.coveredUntil else {
            return "\(never) No import is complete: it may still come."
        }
        let account = person.grant?.account ?? "their account"
        return
            "\(never) It was not owned by \(account) when the tasks were last covered, or it was "
            + "closed before it was first read, or it was changed after \(wording.moment(covered))"
            + "\(due)."
    }

    private var due: String {
        guard person.state == .connected else {
            return ", and no sync is due while they are not connected"
        }
        guard let next = person.nextSyncAt else { return "" }
        return next > person.now
            ? ", and the next sync is due at \(wording.moment(next))"
            : ", and a sync has been due since \(wording.moment(next))"
    }

    private var elsewhere: String {
        guard let other = person.otherOwner else { return "" }
        return " It is in the list of \(Wording.printable(other))."
    }
}
