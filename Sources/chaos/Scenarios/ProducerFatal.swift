extension Scenario {
    static let producerFatal = Scenario(
        name: "producerFatal",
        summary: "the Kafka client fails for good every five seconds and is built anew"
    ) { stage in
        let period = 5
        let times = stage.effort.times(short: 2, usual: 4, every: .seconds(period))
        let duration = Duration.seconds(period * times + 2)
        stage.trial.did("fatal producer error every \(period) s for \(duration.text), 2 workers")
        let options = ["--rehearse", "fatal=\(period)"]
        let siege = Siege(replicas: 2, options: options, expected: duration)
        try await siege.play(stage) { _, _ in
            try await Task.sleep(for: duration)
        }
    }
}
