import ArgumentParser

/// Plays the whole story.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play the whole story with pretend neighbours, in under half a minute."
    )

    @Flag(help: "Leave everything running afterwards, until Ctrl-C.")
    var keep = false

    func run() async throws {}
}
