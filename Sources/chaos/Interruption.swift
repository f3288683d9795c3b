import Dispatch
import Glibc

/// SIGINT and SIGTERM, so that what was started is also ended.
enum Interruption {
    /// Runs the body, and cancels it on the first signal.
    static func cancels<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self)
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await number in signals {
                    throw ChaosError("interrupted by signal \(number)")
                }
                return nil
            }
            defer { group.cancelAll() }
            guard case let result?? = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
