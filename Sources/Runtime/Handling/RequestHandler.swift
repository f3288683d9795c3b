import Domain
import FoundationEssentials
import Store

/// Decides what becomes of a request; writes nothing itself but the pages of a long import.
struct RequestHandler: Sendable {
    let authorization: AuthorizationHandler
    let disable: DisableHandler
    let erase: EraseHandler
    let sync: SyncHandler

    /// Decides what becomes of a request.
    ///
    /// - Parameters:
    ///   - request: what is asked for.
    ///   - item: the record it came with.
    ///   - submit: writes a step of an import that is not the last.
    /// - Returns: what to write as the request's end.
    /// - Throws: why the attempt failed, or what means that the request must be handled again.
    func handle(
        _ request: Request,
        _ item: WorkItem,
        submit: (SyncStep) async throws -> ImportProgress
    ) async throws -> Completion.Work {
        switch request {
        case .enable(let request): return try await authorization.enable(request)
        case .authorize(let request):
            return try await authorization.authorize(
                request,
                requestID: item.claim.identity.id
            )
        case .disable(let request): return try await disable.handle(request)
        case .erase(let request):
            return try await erase.handle(request, item, submit: submit)
        case .sync(let request):
            return try await sync.handle(request, item, submit: submit)
        }
    }

    /// The outcome of a request that has failed for good; `internal` where no provider said why.
    func failed(_ item: WorkItem, _ error: any Error) async throws -> Completion.Work {
        guard let request = item.request else { return .changes([], []) }
        guard let error = error as? ProviderError else {
            return try await failed(request, item, Failure(.internal))
        }
        if case .sync(let request) = request,
            case .waitForOrganization(let until) = error.disposition
        {
            var failure = error.failure
            failure.retryAt = failure.retryAt ?? until
            return sync.deferred(request, item, failure)
        }
        return try await failed(request, item, error.failure)
    }

    private func failed(
        _ request: Request,
        _ item: WorkItem,
        _ failure: Failure
    ) async throws -> Completion.Work {
        switch request {
        case .sync(let sync): self.sync.ended(sync, item, failure)
        case .authorize(let authorize):
            try await authorization.abandon(authorize, failure)
        case .enable(let enable):
            .failed(
                enable.companyID,
                enable.provider,
                enable.scope,
                enable.actor.userID,
                failure
            )
        case .disable(let disable):
            .failed(
                disable.companyID,
                disable.provider,
                disable.scope,
                disable.actor.userID,
                failure
            )
        // Nobody waits for its outcome; what is left is in the dead letter.
        case .erase: .changes([], [])
        }
    }
}
