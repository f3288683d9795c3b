internal import Synchronization

extension PostgresPool {
    /// Lends an exclusive connection for as long as the body runs.
    func withLease<Result>(
        discarding: Bool,
        _ body: (Lease) async throws -> Result
    ) async throws -> Result {
        let lease = try await acquire(.exclusive)
        do {
            let result = try await body(lease)
            await giveBack(lease, discarding: discarding)
            return result
        } catch {
            await giveBack(lease, discarding: discarding)
            throw error
        }
    }

    func giveBack(_ lease: Lease, discarding: Bool) async {
        await lease.end(discarding: discarding)
        release(lease)
    }

    func release(_ lease: Lease) {
        carryOut(state.withLock { $0.machine.release(lease.grant) })
    }

    /// Waits for a connection until the time is over or the task is cancelled.
    func acquire(_ kind: PoolStateMachine.Kind) async throws(PostgresError) -> Lease {
        guard !Task.isCancelled else { throw .cancelled }
        let free = state.withLock { state -> Lease? in
            guard let grant = state.machine.acquireFree(kind) else { return nil }
            return state.threads[grant.slot].map { Lease(grant: grant, thread: $0) }
        }
        if let free { return free }
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.refuseInTime(id) }
            defer { group.cancelAll() }
            return await self.wait(for: kind, id: id)
        }.get()
    }

    private func wait(
        for kind: PoolStateMachine.Kind,
        id: UInt64
    ) async -> Result<Lease, PostgresError> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enqueue(continuation, kind: kind, id: id)
                // The handler may have run before there was anybody to refuse.
                if Task.isCancelled { refuse(id) { _ in .cancelled } }
            }
        } onCancel: {
            refuse(id) { _ in .cancelled }
        }
    }

    private func enqueue(
        _ continuation: CheckedContinuation<Result<Lease, PostgresError>, Never>,
        kind: PoolStateMachine.Kind,
        id: UInt64
    ) {
        var action = PoolStateMachine.Action()
        state.withLock { state in
            state.waits[id] = continuation
            switch state.machine.acquire(kind, waiter: id) {
            case .granted(let grant): action.granting = [(id, grant)]
            case .refused(let error): action.refusing = [(id, error)]
            case .wait(let starting): action.starting = starting
            }
        }
        carryOut(action)
    }

    private func refuseInTime(_ id: UInt64) async {
        do {
            try await Task.sleep(for: configuration.acquireTimeout, clock: .continuous)
        } catch {
            // The wait has ended: nobody is left to refuse.
            return
        }
        let limit = configuration.acquireTimeout
        refuse(id) { $0.exhausted("no connection became free within \(limit)") }
    }

    private func refuse(_ id: UInt64, with error: (PoolStateMachine) -> PostgresError) {
        let refusal = state.withLock { state in
            let error = error(state.machine)
            let isWaiting = state.machine.abandon(id)
            return (isWaiting ? state.waits.removeValue(forKey: id) : nil, error)
        }
        refusal.0?.resume(returning: .failure(refusal.1))
    }
}
