import ArgumentParser
import AsyncHTTPClient
import Glibc
import Logging
import Salesforce
import UnixSignals

/// Plays the whole story.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play the whole story with pretend neighbours, in under half a minute.",
        discussion: """
            Starts a broker, a PostgreSQL, a simulated Salesforce and the worker, each in a process \
            of its own, lets a company and a person connect and their tasks change, and shows what \
            goes over Kafka. Needs no settings; leaves nothing behind.
            """
    )

    @Flag(help: "Leave everything running afterwards, until Ctrl-C.")
    var keep = false

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let stage = try Stage()
        let screen = Screen()
        let http = SalesforceProvider.makeHTTPClient(maximumConnections: 8)
        let result: Result<Void, any Error>
        do {
            try await until(signals) { try await play(on: stage, screen, http) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        switch result {
        case .failure(is Interrupted): screen.heading("Clearing up")
        case .failure:
            for line in stage.lastLines(of: "worker") { LogOutput.standardError.line(line) }
        case .success: break
        }
        await stage.clear()
        try await http.shutdown()
        do {
            try result.get()
        } catch let interruption as Interrupted {
            guard interruption.isExpected else { throw ExitCode(128 + interruption.signal) }
        }
    }

    private func play(on stage: Stage, _ screen: Screen, _ http: HTTPClient) async throws {
        screen.heading("Starting the neighbours and the worker, each in a process of its own")
        let world = try await PretendWorld.start(on: stage, screen, http: http)
        let logger = Logger(label: "demo") { _ in SwiftLogNoOpLogHandler() }
        try await RequestPublisher(world.kafka, logger: logger).run { publisher in
            let dashboard = try Dashboard(world.kafka, publisher: publisher, logger: logger)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await dashboard.run() }
                defer { group.cancelAll() }
                let story = Story(
                    world: world,
                    dashboard: dashboard,
                    salesforce: SalesforceConsole(address: world.salesforce, http: http),
                    screen: screen,
                    timings: Timings()
                )
                try await story.play()
                Summary(screen: screen).show(dashboard.events, story.timings)
            }
        }
        guard keep else { return }
        Summary(screen: screen).explain(world)
        // A stream that nobody feeds ends by cancellation alone.
        let (silence, feed) = AsyncStream<Never>.makeStream()
        for await _ in silence {}
        feed.finish()
    }

    /// Runs the body until it ends or somebody wants it to.
    private func until(
        _ signals: UnixSignalsSequence,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let keep = keep
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await signal in signals {
                    throw Interrupted(signal: signal.rawValue, isExpected: keep)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// Somebody wants it to end.
private struct Interrupted: Error {
    let signal: Int32
    /// Whether that is how it is meant to end.
    let isExpected: Bool
}
