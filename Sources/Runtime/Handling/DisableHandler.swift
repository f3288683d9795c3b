import Domain
import FoundationEssentials
import Store

/// Works off `integration.disable.v1`: all of it in one transaction; what must end at the provider, and
/// what is to be erased, follows from there.
struct DisableHandler: Sendable {
    let providers: [ProviderID: any Provider]
    let store: Store

    func handle(_ request: DisableRequest) async throws -> Completion.Work {
        let refusal =
            providers[request.provider] == nil
            ? Failure(.unknownProvider)
            : request.scope == .company
                ? AuthorizationPolicy.refusal(of: .company, by: request.actor, integration: nil)
                : nil
        if let refusal {
            return .failed(
                request.companyID,
                request.provider,
                request.scope,
                request.actor.userID,
                refusal
            )
        }
        switch request.scope {
        case .company: return try await disableCompany(request)
        case .user: return try await disableUser(request)
        }
    }

    private func disableUser(_ request: DisableRequest) async throws -> Completion.Work {
        let owner = owner(request, request.actor.userID)
        var connection = try await store.connection(of: owner)
        let grantID = connection.grantID
        var changes: [StateChange] = []
        if let grantID { changes.append(.lockGrant(owner.companyID, grantID)) }
        if connection.state != .disconnected || request.erase && connection.version > 0 {
            try connection.state.apply(.disabled)
            connection.grantID = nil
            connection.coveredUntil = request.erase ? nil : connection.coveredUntil
            changes.append(.saveConnection(connection))
        }
        if let grantID { changes.append(.releaseGrant(owner.companyID, grantID)) }
        changes.append(
            .endPendingAttempts(owner.companyID, owner.provider, .user, of: owner.userID)
        )
        var events = [disabled(request, owner.userID)]
        if request.erase { events.append(erase(owner)) }
        return .changes(changes, events)
    }

    private func disableCompany(_ request: DisableRequest) async throws -> Completion.Work {
        var integration = try await store.integration(of: request.companyID, with: request.provider)
        var changes: [StateChange] = []
        if integration.state != .off {
            let grantID = integration.grantID
            if let grantID { changes.append(.lockGrant(request.companyID, grantID)) }
            try integration.state.apply(.disabled)
            integration.grantID = nil
            changes.append(.saveIntegration(integration))
            if let grantID { changes.append(.releaseGrant(request.companyID, grantID)) }
        }
        changes.append(
            .suspendConnections(request.companyID, request.provider, erasing: request.erase)
        )
        changes.append(
            .endPendingAttempts(request.companyID, request.provider, .company, of: nil)
        )
        var events = [disabled(request, nil)]
        if request.erase {
            for user in try await store.users(of: request.companyID, with: request.provider) {
                events.append(erase(owner(request, user)))
            }
        }
        return .changes(changes, events)
    }

    private func owner(_ request: DisableRequest, _ userID: UserID) -> TaskOwner {
        TaskOwner(companyID: request.companyID, userID: userID, provider: request.provider)
    }

    private func erase(_ owner: TaskOwner) -> Event {
        .eraseRequest(EraseRequest(owner: owner))
    }

    private func disabled(_ request: DisableRequest, _ userID: UserID?) -> Event {
        .outcome(
            Outcome(
                companyID: request.companyID,
                provider: request.provider,
                userID: userID,
                .disabled(request.scope)
            )
        )
    }
}
