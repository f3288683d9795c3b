import ArgumentParser
import Foundation
import Glibc

/// Hurts the service in every way that is promised to do no harm, and counts.
@main
struct Chaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "Nothing lost, nothing twice, nothing out of order: proved while processes die.",
        discussion: """
            Plays scenarios against real processes: the worker, a broker, a durable PostgreSQL, a \
            simulated Salesforce. A ledger outside of the worker counts what went in and what came \
            out. Every choice follows from the seed, which is printed.

            Scenarios:
            \(Scenario.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))
            """
    )

    @Option(help: "Which scenarios to play, by name, with commas; all if left out.")
    var only: String?

    @Option(help: "What every choice follows from; a new one each time if left out.")
    var seed: UInt64 = .random(in: 1...999_999)

    @Option(help: "How many seconds each scenario is to go on, for a long run.")
    var duration: Int?

    @Flag(help: "Play a telling part in about a minute.")
    var short = false

    @Option(
        help:
            "How many scenarios are played at once; those that measure time are alone unless --short."
    )
    var lanes: Int?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    @Option(help: "The program to hurt; the integration-worker beside this one by default.")
    var program: String?

    func validate() throws {
        if short, duration != nil {
            throw ValidationError("--short and --duration exclude each other.")
        }
        if let duration, duration < 1 { throw ValidationError("--duration is at least 1.") }
        if let lanes, lanes < 1 { throw ValidationError("--lanes is at least 1.") }
        let known = Scenario.all.map(\.name)
        for name in names where !known.contains(name) {
            throw ValidationError(
                "There is no \(name); there are \(known.joined(separator: ", "))."
            )
        }
    }

    func run() async throws {
        // A child that is gone is no reason to end.
        signal(SIGPIPE, SIG_IGN)
        let table = ReportTable(seed: seed, isJSON: json)
        table.begin()
        let reports = try await Interruption.cancels { [self] in
            let crowd = scenarios.filter { short || !$0.isMeasuring }
            let alone = scenarios.filter { !short && $0.isMeasuring }
            return try await play(crowd, atOnce: lanes ?? (short ? 3 : 2), table)
                + play(alone, atOnce: 1, table)
        }
        table.end(reports)
        guard reports.allSatisfy(\.hasPassed) else { throw ExitCode.failure }
    }

    private func play(
        _ scenarios: [Scenario],
        atOnce lanes: Int,
        _ table: ReportTable
    ) async throws -> [Report] {
        var reports: [Report] = []
        func add(_ report: Report) {
            table.add(report)
            reports.append(report)
        }
        try await withThrowingTaskGroup(of: Report.self) { group in
            for (index, scenario) in scenarios.enumerated() {
                if index >= lanes, let report = try await group.next() { add(report) }
                group.addTask { try await play(scenario) }
            }
            for try await report in group { add(report) }
        }
        return reports
    }

    private var names: [String] {
        only?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
    }

    private var scenarios: [Scenario] {
        Scenario.all.filter { names.isEmpty ? !short || $0.isInShort : names.contains($0.name) }
    }

    private var effort: Effort {
        duration.map { .long(.seconds($0)) } ?? (short ? .short : .usual)
    }

    /// Keeps the children's logs where the scenario did not pass.
    private func play(_ scenario: Scenario) async throws -> Report {
        let directory = "\(NSTemporaryDirectory())chaos-\(getpid())/\(scenario.name)"
        let files = FileManager.default
        try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let trial = Trial(scenario.name)
        let stage = Stage(
            scenario: scenario.name,
            program: program ?? beside,
            effort: effort,
            seed: seed,
            directory: directory,
            narrator: Narrator(),
            trial: trial
        )
        var isWorthKeeping = false
        defer {
            if !isWorthKeeping { _ = try? files.removeItem(atPath: directory) }
            rmdir((directory as NSString).deletingLastPathComponent)
        }
        var report = try await scenario.report(stage)
        isWorthKeeping = !report.hasPassed
        if isWorthKeeping { report.failures.append("logs: \(directory)") }
        return report
    }

    private var beside: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("integration-worker").path
    }
}
