import Foundation
public import Sandbox

/// The one server of a test process, started by the first test that needs it.
public actor SharedCluster {
    /// The process's server.
    public static let shared = SharedCluster()

    private enum State {
        case none
        case starting([CheckedContinuation<ThrowawayPostgres, any Error>])
        case ready(ThrowawayPostgres)
    }

    private var state = State.none

    /// The server, once it accepts connections.
    public func server() async throws -> ThrowawayPostgres {
        switch state {
        case .ready(let server): return server
        case .starting:
            return try await withCheckedThrowingContinuation { continuation in
                guard case .starting(let waiters) = state else { return }
                state = .starting(waiters + [continuation])
            }
        case .none:
            state = .starting([])
            let result: Result<ThrowawayPostgres, any Error>
            do {
                result = .success(try await ThrowawayPostgres.start())
            } catch {
                result = .failure(error)
            }
            finish(result)
            return try result.get()
        }
    }

    private func finish(_ result: Result<ThrowawayPostgres, any Error>) {
        guard case .starting(let waiters) = state else { return }
        switch result {
        case .success(let server):
            state = .ready(server)
            LastServer.destroyAtExit(server)
        case .failure: state = .none
        }
        for waiter in waiters { waiter.resume(with: result) }
    }
}
