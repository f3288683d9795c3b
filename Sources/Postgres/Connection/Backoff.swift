/// Waits that double up to a ceiling, each cut by chance to between half and all of it, so that the
/// connections of many processes do not come back all at once.
struct Backoff {
    private static let first: Duration = .milliseconds(50)
    private static let ceiling: Duration = .seconds(5)
    private var next = Backoff.first

    mutating func take() -> Duration {
        defer { next = min(next * 2, Self.ceiling) }
        return next * Double.random(in: 0.5...1)
    }

    mutating func reset() {
        next = Self.first
    }
}
