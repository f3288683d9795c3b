/// One way of hurting the system.
struct Scenario: Sendable {
    let name: String
    /// Half a sentence, for `--help`.
    let summary: String
    /// Whether `--short` plays it.
    var isInShort = true
    /// Whether it measures how long something takes, and must have the machine for itself.
    var isMeasuring = false
    let play: @Sendable (Stage) async throws -> Void

    /// In the order they are played.
    static let all = [
        killStorm, crashPoints, tokenRace, tokenCrash, commitCut, zombie, scaleWave, blackout,
        producerFatal,
        poison, retryDurable, term, flood,
    ]

    /// No scenario needs longer than this on top of its own duration.
    private static let limit: Duration = .seconds(420)

    /// Plays it to its end, whatever happens.
    func report(_ stage: Stage) async throws -> Report {
        let started = Instant.now
        var limit = Self.limit
        if case .long(let duration) = stage.effort { limit += duration * 3 }
        do {
            try await within(limit, "the end of the scenario") { try await play(stage) }
        } catch {
            try Task.checkCancellation()
            stage.trial.fail("\(error)")
        }
        stage.trial.update { $0.seconds = started.duration(to: .now).seconds }
        return stage.trial.report
    }
}
