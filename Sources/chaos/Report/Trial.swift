import Synchronization

/// What a scenario did and what came of it.
struct Report: Codable, Hashable, Sendable {
    var scenario: String
    /// What was done to the system, and how often.
    var done = ""
    var requests = 0
    /// Requests without a final outcome.
    var lost = 0
    /// Effects that were found twice.
    var duplicatedEffects = 0
    /// Requests whose outcome came before an earlier one's of their key.
    var orderViolations = 0
    var events = 0
    /// Records that repeat an event, recognizable by its id.
    var repeatedEvents = 0
    /// The longest anybody waited for an outcome; an outage counts from its end.
    var recoverySeconds: Double?
    /// Other figures.
    var notes: [String] = []
    /// Why it did not pass; empty where it did.
    var failures: [String] = []
    /// How long it took.
    var seconds = 0.0

    var hasPassed: Bool { failures.isEmpty }
}

/// Collects a scenario's report while it is played.
final class Trial: Sendable {
    private struct State {
        var report: Report
        var outages: [Instant] = []
    }

    /// More of a kind would only hide the others.
    private static let shownExamples = 3

    private let state: Mutex<State>

    init(_ scenario: String) {
        state = Mutex(State(report: Report(scenario: scenario)))
    }

    var report: Report { state.withLock(\.report) }
    var outages: [Instant] { state.withLock(\.outages) }

    /// Notes that an outage has ended.
    func outageEnded() {
        state.withLock { $0.outages.append(.now) }
    }

    /// Says what was done to the system.
    func did(_ what: String) {
        state.withLock { $0.report.done = what }
    }

    func note(_ figure: String) {
        state.withLock { $0.report.notes.append(figure) }
    }

    func fail(_ complaint: String) {
        state.withLock { $0.report.failures.append(complaint) }
    }

    /// Fails unless it is so.
    func expect(_ isSo: Bool, _ complaint: @autoclosure () -> String) {
        if !isSo { fail(complaint()) }
    }

    /// Fails where there are any, and names a few.
    func expectNone(_ found: [String], _ complaint: String) {
        guard !found.isEmpty else { return }
        let examples = found.prefix(Self.shownExamples).joined(separator: ", ")
        fail("\(found.count) \(complaint): \(examples)\(found.count > 3 ? ", …" : "")")
    }

    /// Changes the figures.
    func update(_ change: (inout Report) -> Void) {
        state.withLock { change(&$0.report) }
    }
}
