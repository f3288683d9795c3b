import Domain
import Store

/// One line for each thing that is counted.
struct StatusText {
    let report: StatusReport
    let style: Style

    private var service: ServiceOverview { report.service }
    private var wording: Wording { Wording(now: service.now) }

    var lines: [String] {
        var lines = company
        lines.append(line("companies", states(service.companies, IntegrationState.self)))
        lines.append(line("connections", states(service.connections, ConnectionState.self)))
        lines.append(line("grants", states(service.grants, GrantState.self)))
        lines.append(line("revocations", waiting(service.revocations, "waiting")))
        lines.append(line("attempts", attempts))
        lines.append(line("inbox", inbox))
        lines += parked
        lines.append(line("outbox", waiting(service.outbox, "to publish")))
        if report.company == nil { lines += leases }
        lines.append(line("syncs", waiting(service.overdue, "overdue", isBad: true, "due since")))
        lines.append(line("imports", "\(Wording.number(service.imports.rows)) running"))
        lines += service.imports.oldest.map { running in
            let tasks = Wording.subject(RowCount(running.tasks), "task", "tasks")
            return detail(
                Wording.printable("\(running.companyID)/\(running.userID)"),
                "\(tasks) so far, since \(wording.moment(running.startedAt))"
            )
        }
        return lines
    }

    private var company: [String] {
        guard let name = report.company, let integration = report.integration else { return [] }
        let since = integration.changedAt.map { ", last changed \(wording.moment($0))" } ?? ""
        let id = integration.organizationID
        let organization = integration.organizationName.map { "\($0) (\(id ?? ""))" } ?? id
        let account = integration.grant.map { "\($0.account), \($0.state.rawValue)" }
        return [
            line("company", Wording.printable(name) + ": \(paint(integration.state))\(since)"),
            line("organization", organization.map(Wording.printable) ?? "none"),
            line("account", account.map(Wording.printable) ?? "none"),
        ]
    }

    private var attempts: String {
        let open = [AttemptState.pending, .exchanging]
            .map { (service.attempts.count($0), $0.rawValue) }
        return open.map { "\(Wording.number($0.0)) \($0.1)" }.joined(separator: ", ")
    }

    private var inbox: String {
        let parked = service.parked.map(\.waiting.rows)
        let total = RowCount(
            parked.reduce(0) { $0 + $1.count },
            isComplete: parked.allSatisfy(\.isComplete)
        )
        let dead = service.requests["dead"] ?? missing
        let text = Wording.number(dead) + " dead"
        return [
            "\(Wording.number(total)) parked",
            "\(Wording.number(service.requests["claimed"] ?? missing)) being worked off",
            dead.count > 0 ? style.paint(.red, text) : text,
        ].joined(separator: ", ")
    }

    /// Those with the most alone: it is to remain one screen.
    private var parked: [String] {
        let limit = 8
        let longest = service.parked.sorted { $0.waiting.rows.count > $1.waiting.rows.count }
        let rest = longest.count - limit
        return longest.prefix(limit).map { parked in
            detail("\(parked.topic)/\(parked.partition)", waiting(parked.waiting, "parked"))
        } + (rest > 0 ? ["  and in \(rest) more"] : [])
    }

    /// What is said of a state that no row read was in.
    private var missing: RowCount {
        RowCount(0, isComplete: service.requests.values.first?.isComplete ?? true)
    }

    private var leases: [String] {
        let owners = Dictionary(grouping: service.leases, by: \.owner).sorted { $0.key < $1.key }
        let count = service.leases.reduce(0) { $0 + $1.partitions.count }
        let workers = Wording.subject(RowCount(owners.count), "worker", "workers")
        return [line("leases", "\(count) of \(workers)")]
            + owners.map { owner, holdings in
                let partitions = holdings.map { "\($0.topic) \(Self.ranges($0.partitions))" }
                let since = holdings.map(\.since).max().map { ", since \(wording.moment($0))" }
                return detail(owner, partitions.joined(separator: ", ") + (since ?? ""))
            }
    }

    /// Those that there are, and `none` where there are none.
    private func states<State: StateMachine>(
        _ counts: [String: RowCount],
        _ machine: State.Type
    ) -> String {
        let present = State.allCases.map { (state: $0, rows: counts.count($0)) }
            .filter { $0.rows.count > 0 }
        guard !present.isEmpty else { return "none" }
        let text = present.map { "\(Wording.number($0.rows)) \(paint($0.state))" }
        let rest = counts.total.isComplete ? "" : style.faint(", and more that were not read")
        return text.joined(separator: ", ") + rest
    }

    private func waiting(
        _ waiting: WaitingRows,
        _ what: String,
        isBad: Bool = false,
        _ since: String = "the oldest since"
    ) -> String {
        let text = "\(Wording.number(waiting.rows)) \(what)"
        let shown = isBad && waiting.rows.count > 0 ? style.paint(.red, text) : text
        return shown + (waiting.oldest.map { ", \(since) \(wording.moment($0))" } ?? "")
    }

    private func paint(_ state: some RawRepresentable<String>) -> String {
        switch state.rawValue {
        case "on", "connected", "active": style.paint(.green, state.rawValue)
        case "lost", "reauthorization-required": style.paint(.red, state.rawValue)
        case "ambiguous", "resending", "suspended": style.paint(.yellow, state.rawValue)
        default: state.rawValue
        }
    }

    private func line(_ name: String, _ text: String) -> String {
        style.faint(name) + String(repeating: " ", count: max(1, 14 - name.count)) + text
    }

    private func detail(_ name: String, _ text: String) -> String {
        "  \(name)  \(text)"
    }

    /// `0-3, 5`.
    private static func ranges(_ numbers: [Int32]) -> String {
        var ranges: [ClosedRange<Int32>] = []
        for number in numbers {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map { range in
            range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
        }.joined(separator: ", ")
    }
}

extension GrantOverview {
    /// Whose it is: what they sign in with where it is known, and their id.
    var account: String { username.isEmpty ? accountID : "\(username) (\(accountID))" }
}
