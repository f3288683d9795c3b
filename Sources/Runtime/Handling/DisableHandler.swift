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
        var changes: [StateChange] = []
        let grantID = connection.grantID
        if connection.state != .disconnected || request.erase && connection.version > 0 {
            try connection.state.apply(.disabled)
            connection.grantID = nil
            connection.coveredUntil = request.erase ? nil : connection.coveredUntil
            changes.append(.saveConnection(connection))
        }
        if let grantID { changes.append(.releaseGrant(owner.companyID, grantID)) }
        return .changes(
            changes,
            [disabled(request, owner.userID)] + (request.erase ? [erase(owner)] : [])
        )
    }

    private func disableCompany(_ request: DisableRequest) async throws -> Completion.Work {
        var integration = try await store.integration(of: request.companyID, with: request.provider)
        var changes: [StateChange] = []
        if integration.state != .off {
            let grantID = integration.grantID
            try integration.state.apply(.disabled)
            integration.grantID = nil
            changes.append(.saveIntegration(integration))
            if let grantID { changes.append(.releaseGrant(request.companyID, grantID)) }
        }
        changes.append(
            .suspendConnections(request.companyID, request.provider, erasing: request.erase)
        )
        let erased =
            request.erase
            ? try await store.users(of: request.companyID, with: request.provider) : []
        return .changes(
            changes,
            [disabled(request, nil)] + erased.map { erase(owner(request, $0)) }
        )
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
