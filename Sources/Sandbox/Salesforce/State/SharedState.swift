import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The simulator's one state machine behind its one lock.
final class SharedState: Sendable {
    let configuration: SalesforceSimulatorConfiguration
    private let state: Mutex<SalesforceState>
    private let base = Mutex("")

    init(configuration: SalesforceSimulatorConfiguration) {
        self.configuration = configuration
        state = Mutex(Self.start(configuration, seed: nil))
    }

    /// The base URL, such as `http://127.0.0.1:41234`; empty until bound.
    var baseURL: String {
        get { base.withLock { $0 } }
        set { base.withLock { $0 = newValue } }
    }

    /// Works on the state, after bringing its clock and its open transactions up to date.
    func withState<Value: Sendable>(
        _ body: (inout SalesforceState) throws -> Value
    ) rethrows -> Value {
        try state.withLock { state in
            state.now = Self.machineTime().advanced(by: state.clockOffset)
            state.commitDueTransactions()
            return try body(&state)
        }
    }

    /// Starts over with the default organizations.
    func reset(seed: UInt64?) {
        state.withLock { $0 = Self.start(configuration, seed: seed) }
    }

    private static func start(
        _ configuration: SalesforceSimulatorConfiguration,
        seed: UInt64?
    ) -> SalesforceState {
        DefaultSeed.state(
            seed: seed ?? configuration.seed,
            now: machineTime(),
            app: AppCredentials(
                clientID: configuration.clientID,
                clientSecret: configuration.clientSecret
            )
        )
    }

    private static func machineTime() -> Moment {
        Moment(seconds: Int(Date().timeIntervalSince1970.rounded(.down)))
    }
}
