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
                        return failed(request, item, error)
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
            return try await authorization.authorize(request, requestID: item.claim.identity.id)
        case .disable(let request): return try await authorization.disable(request)
        case .sync(let request):
            return try await sync.handle(request, item, submit: submit)
        }
    }

    /// The final outcome of a request that cannot be done.
    func failed(_ request: Request, _ item: WorkItem, _ error: ProviderError) -> Completion.Work {
        logger.warning("request failed", metadata: ["error": "\(error)"])
        switch request {
        case .sync(let sync): return self.sync.ended(sync, item, error.failure)
        case .enable(let enable):
            return .failed(
                enable.companyID,
                enable.provider,
                enable.scope,
                enable.actor.userID,
                error.failure
            )
        case .disable(let disable):
            return .failed(
                disable.companyID,
                disable.provider,
                disable.scope,
                disable.actor.userID,
                error.failure
            )
        case .authorize(let authorize):
            let hash = PKCE.fingerprint(of: Secret(authorize.state))
            return .failed(
                authorize.companyID,
                authorize.provider,
                .company,
                nil,
                error.failure,
                changes: [.endAttempt(authorize.companyID, stateHash: hash, .failed)]
            )
        }
    }
}
