import Synchronization

/// What has become of grants since the worker started.
public struct GrantCounts: Hashable, Sendable {
    /// Refreshes by what their answer meant: `refreshed`, `asserted`, `raced`, `not-taken`,
    /// `unanswered`, `refused`.
    public var refreshes: [String: Int] = [:]
    /// Grants and left-over tokens that the provider has ended.
    public var revoked = 0
    /// Revocations the provider did not take, to be tried again.
    public var unrevoked = 0

    /// Counts nothing yet.
    public init() {}
}

/// Counts what becomes of grants.
final class GrantTally: Sendable {
    private let state = Mutex(GrantCounts())

    var counts: GrantCounts { state.withLock(\.self) }

    func refresh(_ outcome: String) {
        state.withLock { $0.refreshes[outcome, default: 0] += 1 }
    }

    func revocation(succeeded: Bool) {
        state.withLock { counts in
            if succeeded { counts.revoked += 1 } else { counts.unrevoked += 1 }
        }
    }
}
