/// Limits how long something may take.
enum Deadline {
    /// Runs the body, and throws where it takes longer.
    ///
    /// - Throws: what the body throws, or a ``CommandFailure`` that says what did not come.
    static func wait<Result: Sendable>(
        for what: String,
        atMost limit: Duration,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw CommandFailure("\(what) did not come within \(limit.components.seconds) s")
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
