import Foundation

/// What a scenario is given: how much to do, its own source of chance, and where things go.
struct Stage: Sendable {
    let scenario: String
    /// The service's own program.
    let program: String
    let effort: Effort
    let seed: UInt64
    /// Where the children's logs are.
    let directory: String
    let narrator: Narrator
    let trial: Trial

    /// A source of chance for a purpose: the same choices for the same seed.
    func random(for purpose: String) -> SplitMix {
        SplitMix(seed: seed, for: "\(scenario)/\(purpose)")
    }

    /// A part of the scenario with a world of its own beside the others'.
    func part(_ name: String) throws -> Stage {
        let place = "\(directory)/\(name)"
        try FileManager.default.createDirectory(
            atPath: place,
            withIntermediateDirectories: true
        )
        return Stage(
            scenario: scenario,
            program: program,
            effort: effort,
            seed: seed,
            directory: place,
            narrator: narrator,
            trial: trial
        )
    }

    func say(_ text: String) { narrator.say(scenario, text) }
}

/// How much is done to the system.
enum Effort: Hashable, Sendable {
    /// A telling part, for every change.
    case short
    /// Some minutes for everything.
    case usual
    /// As often as it takes to believe it, each scenario about that long.
    case long(Duration)

    func choose<Value>(short: Value, usual: Value, long: Value) -> Value {
        switch self {
        case .short: short
        case .usual: usual
        case .long: long
        }
    }

    /// How many times something fits that takes that long each time.
    func times(short: Int, usual: Int, every period: Duration) -> Int {
        guard case .long(let duration) = self else {
            return choose(short: short, usual: usual, long: 0)
        }
        return max(usual, Int(duration / period))
    }
}
