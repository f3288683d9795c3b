/// Tells a worker that is stuck from one that is idle, busy or waits for a neighbour.
///
/// Stuck means: there is work, nothing of it is in flight, nothing has moved for long, and every
/// neighbour is there. Only a restart can help then. A pure value: the time is given.
struct ProgressWatch {
    /// What is looked at.
    struct Observation: Hashable {
        /// Records that are not committed, and requests that wait.
        var backlog: Int64
        var inFlight: Int
        /// Requests handled since the start.
        var handled: Int
        /// Up to where everything is done.
        var watermark: Int64
        /// Whether database and broker can be used.
        var hasNeighbours: Bool
    }

    let patience: Duration
    private var last: Observation?
    private var since: ContinuousClock.Instant?

    init(patience: Duration = .seconds(120)) {
        self.patience = patience
    }

    /// Notes an observation, and says for how long nothing has moved where that is too long.
    mutating func observe(_ now: Observation, at instant: ContinuousClock.Instant) -> Duration? {
        defer { last = now }
        let hasMoved = last.map { $0.handled != now.handled || $0.watermark != now.watermark }
        if now.backlog == 0 || now.inFlight > 0 || !now.hasNeighbours || hasMoved != false {
            since = nil
            return nil
        }
        let start = since ?? instant
        since = start
        let still = start.duration(to: instant)
        return still > patience ? still : nil
    }
}
