/// Why ``eventually(_:within:_:)`` gave up.
public struct NeverHappened: Error, CustomStringConvertible {
    /// What was waited for.
    public let description: String
}

/// Asks again and again until the answer is yes; for what nobody signals.
///
/// - Parameters:
///   - expectation: what is waited for, in words.
///   - limit: how long to go on asking.
///   - condition: the question.
/// - Throws: ``NeverHappened``, or what the question throws.
public func eventually(
    _ expectation: String,
    within limit: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < end else {
            throw NeverHappened(description: "not within \(limit): \(expectation)")
        }
        // Sleeps because nobody signals what is asked for here.
        try await Task.sleep(for: .milliseconds(10))
    }
}
