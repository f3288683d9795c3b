import Domain
import FoundationEssentials
import Logging
import Store

/// Decides what becomes of a work item; writes nothing itself but the pages of a long import.
struct RequestHandler: Sendable {
    /// How often a call is tried before its request fails.
    static let maximumAttempts = 4

    let authorization: AuthorizationHandler
    let sync: SyncHandler
    let logger: Logger

    /// Decides what becomes of a record.
    ///
    /// - Parameters:
    ///   - item: the record, as a request or as what is wrong with it.
    ///   - submit: writes a step of an import that is not the last.
    /// - Returns: what to write as the record's end.
    /// - Throws: what means that the record must be handled again.
    func handle(
        _ item: WorkItem,
        submit: (SyncStep) async throws -> ImportProgress
    ) async throws -> Completion.Work {
        switch item.content {
        case .rejected(let record, _): return .deadLetter(record)
        case .request(let request):
            var attempts = 0
            while true {
                do {
                    return try await handle(request, item, submit)
                } catch let error as ProviderError {
                    attempts += 1
                    guard case .retry = error.disposition, attempts < Self.maximumAttempts else {
                        return try await failed(request, item, error)
                    }
                    logger.info(
                        "provider call failed, trying again",
                        metadata: ["error": "\(error)", "attempt": "\(attempts)"]
                    )
                    try await Backoff(base: .milliseconds(250)).sleep(after: attempts)
                }
            }
        }
    }

    private func handle(
        _ request: Request,
        _ item: WorkItem,
        _ submit: (SyncStep) async throws -> ImportProgress
    ) async throws -> Completion.Work {
        switch request {
        case .enable(let request): return try await authorization.enable(request)
        case .authorize(let request):
            return try await authorization.authorize(
                request,
                requestID: item.claim.identity.id,
                item.exchanged
            )
        case .disable(let request): return try await authorization.disable(request)
        case .sync(let request):
            return try await sync.handle(request, item, submit: submit)
        }
    }

    /// The outcome of a request that this service itself could not work off.
    func abandoned(_ item: WorkItem) async throws -> Completion.Work {
        switch item.content {
        case .rejected(let record, _): .deadLetter(record)
        case .request(let request): try await failed(request, item, Failure(.internal))
        }
    }

    private func failed(
        _ request: Request,
        _ item: WorkItem,
        _ error: ProviderError
    ) async throws -> Completion.Work {
        logger.warning("request failed", metadata: ["error": "\(error)"])
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
            try await authorization.abandon(authorize, item.exchanged, failure)
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
        }
    }
}
