import Domain
import FoundationEssentials
import Logging
import Store

/// Works off `sync.request.v1`.
struct SyncHandler: Sendable {
    /// How far an incremental sync reaches back behind what is covered: the provider counts in whole
    /// minutes, and what was seen before is recognized by its hash.
    static let overlap: TimeInterval = 60
    /// How late a change may become visible where the provider does not vouch for anything.
    static let lateness: TimeInterval = 10 * 60

    let providers: [ProviderID: any Provider]
    let store: Store
    let sessions: Sessions
    let logger: Logger
    let now: @Sendable () -> Date

    /// Decides on a request.
    ///
    /// - Parameters:
    ///   - request: whose tasks to read, and how.
    ///   - item: the record it came with.
    ///   - submit: writes a step that is not the last, and says what the sync has done so far.
    /// - Returns: what to write as the request's end.
    /// - Throws: what means that the request must be handled again.
    func handle(
        _ request: SyncRequest,
        _ item: WorkItem,
        submit: (SyncStep) async throws -> ImportProgress
    ) async throws -> Completion.Work {
        guard let provider = providers[request.provider] else {
            return ended(request, item, Failure(.unknownProvider))
        }
        guard let userID = request.userID else { return try await companySync(request) }
        let owner = TaskOwner(
            companyID: request.companyID,
            userID: userID,
            provider: request.provider
        )
        let context = try await store.syncContext(of: owner, for: item.claim.identity)
        if let failure = try await refusal(context) { return ended(request, item, failure) }
        do {
            var run = SyncRun(
                handler: self,
                provider: provider,
                context: context,
                mode: request.mode,
                parent: item.parent
            )
            return .sync(try await run.steps(submit: submit))
        } catch let error as ProviderError {
            if error.disposition == .reauthorize {
                return lost(request, item, context.connection, error.failure)
            }
            throw error
        }
    }

    /// The outcome of a sync that did not read what it should have.
    func ended(_ request: SyncRequest, _ item: WorkItem, _ failure: Failure) -> Completion.Work {
        ended(request, item, .syncFailed(failure))
    }

    /// The outcome of a sync that the whole organization has to wait with; the schedule takes it up.
    func deferred(
        _ request: SyncRequest,
        _ item: WorkItem,
        _ failure: Failure
    ) -> Completion.Work {
        ended(request, item, .syncDeferred(failure), nextSync: nextSync(request, failure))
    }

    private func ended(
        _ request: SyncRequest,
        _ item: WorkItem,
        _ body: Outcome.Body,
        nextSync: NextSync? = nil
    ) -> Completion.Work {
        let outcome = Outcome(
            companyID: request.companyID,
            provider: request.provider,
            userID: request.userID,
            body
        )
        return .syncEnded([.outcome(outcome)], failedPart(request, item), nextSync: nextSync)
    }

    /// The schedule takes it up by itself, as soon as the provider can be asked again.
    private func nextSync(_ request: SyncRequest, _ failure: Failure) -> NextSync? {
        guard let userID = request.userID, let instant = failure.retryAt else { return nil }
        let owner = TaskOwner(
            companyID: request.companyID,
            userID: userID,
            provider: request.provider
        )
        return NextSync(of: owner, at: instant)
    }

    private func failedPart(_ request: SyncRequest, _ item: WorkItem) -> CompanySyncPart? {
        guard request.userID != nil, let parent = item.parent else { return nil }
        return CompanySyncPart(
            companyID: request.companyID,
            requestID: parent,
            failed: true,
            coveredUntil: now()
        )
    }

    private func refusal(_ context: SyncContext) async throws -> Failure? {
        if context.integration.state == .off { return Failure(.companyIntegrationOff) }
        switch context.connection.state {
        case .connected: return nil
        case .suspended: return Failure(.companyIntegrationOff)
        case .disconnected:
            return Failure(
                .grantRevoked,
                message: "This person is not connected.",
                remedy: "The person connects on their own integrations page."
            )
        case .reauthorizationRequired:
            let connection = context.connection
            guard let grantID = connection.grantID,
                let grant = try await store.account(of: grantID, in: connection.owner.companyID)
            else { return Failure(.grantRevoked) }
            let isElsewhere =
                grant.state != .lost && grant.organizationID != context.integration.organizationID
            return Failure(isElsewhere ? .organizationMismatch : grant.lostReason ?? .grantRevoked)
        }
    }

    /// The provider no longer honours the grant: syncs pause until the person signs in again.
    private func lost(
        _ request: SyncRequest,
        _ item: WorkItem,
        _ connection: UserConnection,
        _ failure: Failure
    ) -> Completion.Work {
        guard let grantID = connection.grantID else { return ended(request, item, failure) }
        let outcome = Outcome(
            companyID: request.companyID,
            provider: request.provider,
            userID: request.userID,
            .syncFailed(failure)
        )
        return .changes(
            [.loseGrant(request.companyID, grantID, failure)]
                + (failedPart(request, item).map { [.countPart($0)] } ?? []),
            [.outcome(outcome)]
        )
    }

    private func companySync(_ request: SyncRequest) async throws -> Completion.Work {
        let users = try await store.connectedUsers(of: request.companyID, with: request.provider)
        return .companySync(
            CompanySync(
                companyID: request.companyID,
                provider: request.provider,
                mode: request.mode,
                reason: request.reason,
                users: users,
                startedAt: now()
            )
        )
    }
}
