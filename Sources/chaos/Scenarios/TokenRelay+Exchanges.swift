import Postgres

/// Codes whose tokens a worker dies with.
extension TokenRelay {
    /// One worker dies before the tokens are kept, the next one after that.
    func relayExchanges() async throws {
        let (exchanged, kept) = (try await hire("exchanged"), try await hire("kept"))
        // The company's own code is the first.
        let lost = try await withWorker(1, crash: "code.exchanged:2") { worker in
            try await company.mustConnect([owner])
            return try await logIn(exchanged, killing: worker, at: "code.exchanged")
        }
        let found = try await withWorker(2, crash: "tokens.kept:1") { worker in
            try await check(exchanged, endsWithRejected: lost)
            return try await logIn(kept, killing: worker, at: "tokens.kept")
        }
        try await withWorker(3) { worker in
            try await check(kept, isConnectedBy: found)
            try await finish([exchanged, kept], orphaned: exchanged)
            try await leave(worker)
        }
    }

    /// Somebody comes back from the log-in page, and the worker dies of it.
    private func logIn(
        _ member: Company.Member,
        killing worker: WorkerProcess,
        at point: String
    ) async throws -> Request {
        let authorize = try await company.logIn([member])
        try await world.salesforce.forgetRequests()
        try await world.witness.ask(authorize)
        try await mustDie(worker, at: point)
        return authorize[0]
    }

    /// The tokens are gone: the code is spent, and nothing is kept of it.
    private func check(
        _ member: Company.Member,
        endsWithRejected request: Request
    ) async throws {
        let done = try await answer(to: request)
        trial.expect(
            done.reason == "code-rejected",
            "a code whose tokens were lost: \(done.type ?? "") \(done.reason ?? "")"
        )
        let kept = try await world.pool.query(
            """
            SELECT id::text FROM provider_grant WHERE username = \(member.account)
            UNION ALL SELECT id::text FROM grant_revocation WHERE company_id = \(company.name)
            UNION ALL SELECT user_id FROM user_connection WHERE company_id = \(company.name)
            """
        )
        trial.expect(kept.isEmpty, "\(kept.count) rows of tokens that were lost")
        let calls = try await tokenCalls("authorization_code")
        trial.expect(calls == 2, "\(calls) exchanges of a code whose tokens were lost, not two")
        let live = try await world.salesforce.liveApprovals(of: member.account)
        trial.expect(live == 1, "\(live) approvals live whose tokens were lost, not one")
    }

    /// The tokens were kept: nobody has to sign in again for them.
    private func check(
        _ member: Company.Member,
        isConnectedBy request: Request
    ) async throws {
        let done = try await answer(to: request)
        trial.expect(
            done.type == "integration.enabled.v1",
            "tokens that were kept: \(done.type ?? "") \(done.reason ?? "")"
        )
        let calls = try await tokenCalls("authorization_code")
        trial.expect(calls == 1, "\(calls) exchanges of a code whose tokens were kept, not one")
        let live = try await world.salesforce.liveApprovals(of: member.account)
        trial.expect(live == 1, "\(live) approvals live whose tokens were kept, not one")
    }
}
