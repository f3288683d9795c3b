/// How long to wait before trying again: doubling, bounded, with jitter so that nothing stampedes.
struct Backoff: Sendable {
    var base: Duration = .milliseconds(100)
    var maximum: Duration = .seconds(5)

    /// For requests that wait in the database for what may take long to pass.
    static let durable = Backoff(base: .seconds(1), maximum: .seconds(300))

    /// The wait after a number of failures, counted from 1: between half and all of the doubled base.
    func delay(after failures: Int, random: Double) -> Duration {
        let doubled = base * Double(1 << min(max(failures, 1) - 1, 20))
        return min(doubled, maximum) * (0.5 + 0.5 * random)
    }

    /// Sleeps after a number of failures.
    func sleep(after failures: Int) async throws {
        try await Task.sleep(for: delay(after: failures, random: .random(in: 0...1)))
    }
}
