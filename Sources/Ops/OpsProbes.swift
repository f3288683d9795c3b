/// What an ``OpsServer`` asks whenever it is asked.
public struct OpsProbes: Sendable {
    let liveness: @Sendable () -> Dependency
    let readiness: @Sendable () async -> [Dependency]
    let metrics: @Sendable () -> [Metric]

    /// Takes the questions; they must answer at once, as probes have short timeouts.
    ///
    /// - Parameters:
    ///   - liveness: unavailable where only a restart helps.
    ///   - readiness: everything that is needed to work.
    ///   - metrics: the figures, those of one name together.
    public init(
        liveness: @escaping @Sendable () -> Dependency,
        readiness: @escaping @Sendable () async -> [Dependency],
        metrics: @escaping @Sendable () -> [Metric]
    ) {
        self.liveness = liveness
        self.readiness = readiness
        self.metrics = metrics
    }
}
