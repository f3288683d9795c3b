import Domain
import Foundation
import Testing

/// The drawings of `Domain.docc/States.md` against the machines, in both directions.
@Suite(.timeLimit(.minutes(1)))
struct StateDrawingTests {
    @Test func integrations() throws { try check(IntegrationState.self, startsAt: .off) }
    @Test func connections() throws { try check(ConnectionState.self, startsAt: .disconnected) }
    @Test func attempts() throws { try check(AttemptState.self, startsAt: .pending) }
    @Test func grants() throws { try check(GrantState.self, startsAt: .active) }

    @Test func everyMachineDrawnIsCheckedHere() throws {
        let drawn = try StateDrawing.page().split(separator: "\n")
            .filter { $0.hasPrefix("## ") }.map { $0.dropFirst(3) }
        #expect(drawn == ["IntegrationState", "ConnectionState", "AttemptState", "GrantState"])
    }

    @Test func architecturePageShowsTheSameDrawings() throws {
        let architecture = try String(
            contentsOf: Project.root.appending(
                path: "Sources/integration-worker/Documentation.docc/Architecture.md"
            ),
            encoding: .utf8
        )
        for machine in ["IntegrationState", "ConnectionState", "AttemptState", "GrantState"] {
            let drawings = try [("## ", try StateDrawing.page()), ("#### ", architecture)].map {
                heading,
                page in
                let section = try #require(
                    page.components(separatedBy: "\n\(heading)").first {
                        $0.hasPrefix("\(machine)\n")
                    }
                )
                return section.components(separatedBy: "```").dropFirst().first
            }
            #expect(drawings[0] != nil)
            #expect(drawings[0] == drawings[1])
        }
    }

    private func check<Machine: StateMachine>(
        _ machine: Machine.Type,
        startsAt first: Machine
    ) throws {
        let drawing = try StateDrawing(of: "\(machine)")
        var expected: Set<StateDrawing.Arrow> = []
        for state in Machine.allCases {
            for event in Machine.Event.allCases {
                guard let next = state.next(on: event) else { continue }
                expected.insert(.init(state.rawValue, next.rawValue, event.rawValue))
            }
        }
        let drawn = Set(drawing.arrows)
        #expect(drawn.count == drawing.arrows.count, "an arrow is drawn twice")
        #expect(expected.subtracting(drawn).isEmpty, "not drawn")
        #expect(drawn.subtracting(expected).isEmpty, "drawn, but not so in the code")
        #expect(drawing.starts == [first.rawValue])
        // Only what never moves on is drawn as an end, and only where everything ends.
        let ends = Machine.allCases.filter { state in
            Machine.Event.allCases.allSatisfy { state.next(on: $0) == nil }
        }
        #expect(drawing.ends == ends.map(\.rawValue))
        #expect(drawing.explained == Machine.allCases.map(\.rawValue))
    }
}

/// One section of the page: its mermaid block, and the states its list explains.
private struct StateDrawing {
    struct Arrow: Hashable, CustomTestStringConvertible {
        let from: String
        let to: String
        let event: String

        init(_ from: String, _ to: String, _ event: String) {
            (self.from, self.to, self.event) = (from, to, event)
        }

        var testDescription: String { "\(from) --> \(to) : \(event)" }
    }

    private(set) var arrows: [Arrow] = []
    private(set) var starts: [String] = []
    private(set) var ends: [String] = []
    private(set) var explained: [String] = []
    private var names: [String: String] = [:]

    static func page() throws -> String {
        try String(
            contentsOf: Project.root.appending(path: "Sources/Domain/Domain.docc/States.md"),
            encoding: .utf8
        )
    }

    init(of machine: String) throws {
        let section = try #require(
            try Self.page().components(separatedBy: "\n## ").first { $0.hasPrefix("\(machine)\n") },
            "no section of that name"
        )
        let parts = section.components(separatedBy: "```")
        try #require(parts.count == 3, "one drawing a section")
        let lines = parts[1].split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        #expect(lines.prefix(2) == ["mermaid", "stateDiagram-v2"])
        for line in lines.dropFirst(2) { try read(line) }
        explained = parts[2].split(separator: "\n").compactMap { line in
            line.wholeMatch(of: /- \*\*([a-z-]+)\*\*: .+/).map { String($0.1) }
        }
    }

    private mutating func read(_ line: String) throws {
        if let name = line.wholeMatch(of: /state "([^"]+)" as (\w+)/) {
            names[String(name.2)] = String(name.1)
        } else if let start = line.wholeMatch(of: /\[\*\] --> (\w+)/) {
            starts.append(self.name(start.1))
        } else if let end = line.wholeMatch(of: /(\w+) --> \[\*\]/) {
            ends.append(self.name(end.1))
        } else {
            let arrow = try #require(
                line.wholeMatch(of: /(\w+) --> (\w+) : ([a-z-]+)/),
                "not understood: \(line)"
            )
            arrows.append(Arrow(self.name(arrow.1), self.name(arrow.2), String(arrow.3)))
        }
    }

    private func name(_ alias: Substring) -> String { names[String(alias)] ?? String(alias) }
}
