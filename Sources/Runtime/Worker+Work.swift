import Domain
import FoundationEssentials
import Logging
import Store
import Synchronization

extension Worker {
    /// How often what was relied on may have changed before that is a fault of this service.
    private static let maximumConflicts = 10

    /// Works one item off, to its end.
    func work(_ item: WorkItem) async {
        var logger = logger
        logger[metadataKey: "request.id"] = "\(item.claim.identity.id)"
        logger[metadataKey: "request.partition"] = "\(item.claim.lease.partition)"
        logger[metadataKey: "request.attempt"] = "\(item.attempt + 1)"
        logger[metadataKey: "company.id"] = "\(item.claim.identity.companyID)"
        let ending = await run(item, logger)
        for drained in state.withLock({ $0.finish(item, ending) }) { drained.fire() }
        dispatch.fire()
        if state.withLock(\.isWorthLoading) { reload.fire() }
    }

    /// Decides and writes; again at once if what was relied on has changed, later if it failed.
    private func run(_ item: WorkItem, _ logger: Logger) async -> WorkState.Ending {
        var spent = item.attempt
        var conflicts = 0
        var outages = 0
        while !mustStop(item) {
            do {
                rehearsal?.pass(.handlerStarted)
                if item.request != nil,
                    rehearsal?.fails(item.claim.identity.id, attempt: spent) == true
                {
                    throw ProviderError(.retry(notBefore: nil), Failure(.providerUnavailable))
                }
                let (work, deadLetter) = try await decide(item, logger)
                rehearsal?.pass(.handlerDecided)
                return try await submit(work, deadLetter, of: item)
            } catch is CancellationError {
                return .left
            } catch is ChangedMeanwhile where conflicts < Self.maximumConflicts {
                conflicts += 1
                await pause(Backoff(base: .milliseconds(10)), after: conflicts)
            } catch  where Store.isPassing(error) {
                // The database's absence is no fault of the request's, however long it lasts.
                database.failed(error)
                outages += 1
                logger.warning("database away, request waits", metadata: ["error": "\(error)"])
                await pause(Backoff(maximum: .seconds(1)), after: outages)
            } catch {
                spent += 1
                let decision = policy.decide(
                    error,
                    of: item.request,
                    spent: spent,
                    now: Date(),
                    random: .random(in: 0...1)
                )
                switch decision {
                case .retry(let delay):
                    logger.warning(
                        "attempt failed, again later",
                        metadata: ["error": "\(error)", "retry.after": "\(delay)"]
                    )
                    return await retry(item, spent: spent, after: delay, because: error)
                case .end(let isDead):
                    logger.warning("request failed", metadata: ["error": "\(error)"])
                    return await end(item, error, attempts: spent, isDead: isDead, logger)
                }
            }
        }
        return .left
    }

    /// What becomes of an item, and what goes to the dead-letter topic with it.
    private func decide(
        _ item: WorkItem,
        _ logger: Logger
    ) async throws -> (Completion.Work, EventRecord?) {
        switch item.content {
        case .rejected(let rejection):
            logger.warning("record rejected", metadata: ["rejection": "\(rejection)"])
            let letter = reader.deadLetter(
                item,
                reason: rejection.code.rawValue,
                message: rejection.message,
                attempts: 1
            )
            return (.changes([], []), letter)
        case .request(let request):
            return (try await handler.handle(request, item) { try await write($0, of: item) }, nil)
        }
    }

    /// Writes an item's end.
    private func submit(
        _ work: Completion.Work,
        _ deadLetter: EventRecord?,
        of item: WorkItem
    ) async throws -> WorkState.Ending {
        let completion = Completion(
            claim: item.claim,
            cause: item.cause,
            work: work,
            deadLetter: deadLetter
        )
        switch await completer.submit(completion) {
        case .result(.written), .result(.alreadyDone):
            if deadLetter != nil { state.withLock { $0.counts.deadLetters += 1 } }
            if case .changes(let changes, _) = work, !changes.isEmpty { grants.fire() }
            return .done
        case .result(.leaseLost):
            state.withLock { $0.lose(item.claim.lease, at: .now) }
            return .left
        case .stopped: return .left
        case .result(.conflict): throw ChangedMeanwhile()
        case .impossible(let error): throw error
        }
    }

    /// Puts an item whose attempt failed into the database, with what waits behind it.
    private func retry(
        _ item: WorkItem,
        spent: Int,
        after delay: Duration,
        because error: any Error
    ) async -> WorkState.Ending {
        let first = item.parking(.after(delay), attempt: spent, lastError: Self.summary(of: error))
        let behind = state.withLock { $0.takeBehind(item) }
        var failures = 0
        while !Task.isCancelled {
            do {
                rehearsal?.pass(.parkBegun)
                let ending = try await submit(.parked(first, behind: behind), nil, of: item)
                rehearsal?.pass(.parkDone)
                guard ending == .done else { return ending }
                try await park(
                    state.withLock { state in
                        state.counts.retried += 1
                        return state.settle([first] + behind)
                    }
                )
                return .parked
            } catch {
                failures += 1
                logger.warning("attempt not parked", metadata: ["error": "\(error)"])
                await pause(Backoff(maximum: .seconds(1)), after: failures)
            }
        }
        return .left
    }

    /// Writes the final outcome of an item that has failed, with a dead letter where there is to be one.
    private func end(
        _ item: WorkItem,
        _ error: any Error,
        attempts: Int,
        isDead: Bool,
        _ logger: Logger
    ) async -> WorkState.Ending {
        var failures = 0
        while !mustStop(item) {
            do {
                let failure = (error as? ProviderError)?.failure ?? Failure(.internal)
                let letter = reader.deadLetter(
                    item,
                    reason: failure.reason.rawValue,
                    message: failure.message,
                    attempts: attempts
                )
                let work = try await handler.failed(item, error)
                return try await submit(work, isDead ? letter : nil, of: item)
            } catch is CancellationError {
                return .left
            } catch {
                failures += 1
                logger.error("failure not written", metadata: ["error": "\(error)"])
                await pause(Backoff(), after: failures)
            }
        }
        return .left
    }

    /// Whether an item's partition is being given up; what is not written by then is not spent.
    func mustStop(_ item: WorkItem) -> Bool {
        Task.isCancelled || state.withLock { $0.isDraining(item.claim.lease.partition) }
    }

    /// Writes one page of an import.
    private func write(_ step: SyncStep, of item: WorkItem) async throws -> ImportProgress {
        let completion = Completion(claim: item.claim, cause: item.cause, work: .sync(step))
        switch await completer.submit(completion) {
        case .result(.written(_, let progress?)):
            rehearsal?.pass(.pageWritten)
            await publisher.waitForRoom()
            if mustStop(item) { throw CancellationError() }
            return progress
        case .result(.written), .result(.conflict): throw ChangedMeanwhile()
        case .result(.alreadyDone), .result(.leaseLost), .stopped: throw CancellationError()
        case .impossible(let error): throw error
        }
    }

    /// Sleeps; a task that is cancelled meanwhile finds out where it looks next.
    private func pause(_ backoff: Backoff, after failures: Int) async {
        do { try await backoff.sleep(after: failures) } catch { return }
    }

    /// A few words without free text: it is kept beside the request.
    private static func summary(of error: any Error) -> String {
        (error as? ProviderError).map(String.init(describing:)) ?? "internal: \(type(of: error))"
    }
}

/// What was relied on has changed: deciding again begins with what is now, an import with its
/// checkpoint.
private struct ChangedMeanwhile: Error {}
