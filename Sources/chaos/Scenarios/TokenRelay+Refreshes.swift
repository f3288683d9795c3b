import Glibc

/// Refreshes that nobody is left to hear the answer of.
extension TokenRelay {
    private static let reauthorization = "integration.reauthorization-required.v1"

    /// One worker dies after a page that says the token endpoint is down, the next one with the only
    /// copy of a rotated token.
    func relayRefreshes() async throws {
        let (unanswered, refreshed) = (try await hire("unanswered"), try await hire("refreshed"))
        let survivor = try await withWorker(1) { worker in
            try await company.mustConnect([owner])
            try await company.mustConnect([unanswered, refreshed])
            return try await unansweredRefresh(of: unanswered, killing: worker)
        }
        let spent = try await withWorker(2, crash: "grant.refreshed:2") { worker in
            try await check(unanswered, hasSurvived: survivor)
            let sync = try await syncWithDeadToken(of: refreshed)
            try await mustDie(worker, at: "grant.refreshed")
            return sync
        }
        try await withWorker(3) { worker in
            try await check(refreshed, isLostAfter: spent)
            try await finish([unanswered, refreshed])
            try await leave(worker)
        }
    }

    /// The token endpoint says that it is down, and the worker that heard it is killed.
    private func unansweredRefresh(
        of member: Company.Member,
        killing worker: WorkerProcess
    ) async throws -> Request {
        try await world.salesforce.dropFaults()
        try await world.salesforce.failTokenCall(of: member.account)
        let sync = try await syncWithDeadToken(of: member)
        let isHit = try await eventually(within: .seconds(20), every: .milliseconds(10)) {
            try await world.salesforce.faultHits() == 1
        }
        trial.expect(isHit, "no refresh met the page that says it is down")
        worker.child.signal(SIGKILL)
        return sync
    }

    private func syncWithDeadToken(of member: Company.Member) async throws -> Request {
        try await quiet()
        try await world.salesforce.forgetRequests()
        try await world.salesforce.expireTokens(of: member.account)
        let sync = Request.sync(company.name, member.user ?? "", number: 1)
        try await world.witness.ask([sync])
        return sync
    }

    /// The token had not been taken up: it is sent again, and the grant lives.
    private func check(_ member: Company.Member, hasSurvived sync: Request) async throws {
        let done = try await answer(to: sync)
        trial.expect(
            done.type == "sync.completed.v1",
            "after a page that says it is down: \(done.type ?? "") \(done.reason ?? "")"
        )
        let grants = try await grants(of: member)
        trial.expect(grants == ["active 2"], "after a page that says it is down: \(grants)")
        let calls = try await tokenCalls("refresh_token")
        trial.expect(calls == 2, "\(calls) refreshes, not the one unanswered and its repetition")
        let live = try await world.salesforce.liveApprovals(of: member.account)
        trial.expect(live == 1, "\(live) approvals live after a page that says it is down")
    }

    /// The token was spent: it is sent once more when the lease is over, and the person is told once.
    private func check(_ member: Company.Member, isLostAfter sync: Request) async throws {
        let done = try await answer(to: sync)
        trial.expect(
            done.type == "sync.failed.v1" && done.reason == "grant-ambiguous",
            "a refresh whose answer was lost: \(done.type ?? "") \(done.reason ?? "")"
        )
        if let times = world.ledger.times(of: sync.id) {
            let wait = times.sent.duration(to: times.answered)
            trial.expect(
                wait > Self.refreshLease,
                "sent again after \(wait.text), before the lease ended"
            )
        }
        let calls = try await tokenCalls("refresh_token")
        trial.expect(calls == 2, "\(calls) refreshes, not the one that was lost and its repetition")
        let grants = try await grants(of: member)
        trial.expect(grants == ["lost 1"], "a refresh whose answer was lost: \(grants)")
        let ends = try await world.salesforce.approvals(of: member.account)
        trial.expect(ends == ["reused"], "approvals of who lost a refresh: \(ends)")
        try await checkTold()
    }

    /// Of a company's people one has to sign in again, and is told so once.
    private func checkTold() async throws {
        try await quiet()
        try await world.witness.catchUp()
        let told = world.ledger.events.filter {
            $0.type == Self.reauthorization && $0.key == company.name
        }
        trial.expect(
            Set(told.map(\.id)).count == 1 && told.allSatisfy { $0.reason == "grant-ambiguous" },
            "told to sign in again: \(told.map { $0.reason ?? "" })"
        )
    }
}
