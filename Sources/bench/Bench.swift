import ArgumentParser
import Foundation
import Logging

/// Measures the service with every neighbour on this machine, each figure beside a limit of the run.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Throughput, CPU and memory of one worker, with every neighbour on this machine.",
        discussion: """
            Starts a broker, a durable PostgreSQL, a simulated Salesforce and one worker, each a \
            process of its own, and prints a table. Ratios are the result; absolute numbers are \
            context. Progress goes to standard error.
            """
    )

    @Option(help: "How many persons are connected.")
    var persons = 500

    @Option(help: "How many open tasks each person has.")
    var tasks = 200

    @Option(help: "The program to measure; the one beside this by default.")
    var worker: String?

    @Flag(help: "Print JSON instead of a table.")
    var json = false

    func run() async throws {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("integration-worker").path
        var figures: [Figure] = []
        try await withNeighbourhood(program: worker ?? beside) { neighbourhood in
            figures = try await Workloads(
                neighbourhood: neighbourhood,
                persons: persons,
                tasksEach: tasks
            ).run()
        }
        print(json ? Figure.json(figures) : Figure.table(figures))
    }
}

/// One line of the result.
struct Figure: Codable {
    var workload: String
    var name: String
    var value: Double
    var unit: String

    static func json(_ figures: [Figure]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let data = try? encoder.encode(figures) else { return "[]" }
        return String(decoding: data, as: UTF8.self)
    }

    static func table(_ figures: [Figure]) -> String {
        let width = figures.map(\.workload.count).max() ?? 0
        let nameWidth = figures.map(\.name.count).max() ?? 0
        return figures.map { figure in
            let workload = figure.workload.padding(toLength: width, withPad: " ", startingAt: 0)
            let name = figure.name.padding(toLength: nameWidth, withPad: " ", startingAt: 0)
            let digits = figure.value < 10 ? 2 : figure.value < 100 ? 1 : 0
            let value = String(format: "%.\(digits)f", figure.value)
            let padding = String(repeating: " ", count: max(0, 10 - value.count))
            return "\(workload)  \(name)  \(padding)\(value) \(figure.unit)"
        }.joined(separator: "\n")
    }
}

/// Says what is being done, on standard error.
func progress(_ text: String) {
    FileHandle.standardError.write(Data("· \(text)\n".utf8))
}
