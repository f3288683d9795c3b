/// Data calls of the last 24 hours, counted by the hour.
struct UsageWindow: Sendable {
    private var hours: [Int: Int] = [:]
    /// Calls counted by a control request instead of a real call.
    var surcharge = 0

    /// Counts one call.
    mutating func count(at now: Moment) {
        hours[now.seconds / 3600, default: 0] += 1
    }

    /// Calls in the 24 hours up to now.
    mutating func used(at now: Moment) -> Int {
        let hour = now.seconds / 3600
        if hours.count > 25 {
            hours = hours.filter { $0.key > hour - 24 }
        }
        return surcharge + hours.reduce(0) { $0 + ($1.key > hour - 24 ? $1.value : 0) }
    }
}
