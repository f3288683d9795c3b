import Foundation
import Logging
import Synchronization
import Testing

@testable import integration_worker

struct LogHandlerTests {
    @Test func jsonLineIsOneObjectInOrder() throws {
        let line = lines(of: .json) { logger in
            var logger = logger
            logger[metadataKey: "company.id"] = "acme"
            logger.warning(
                "request not handled",
                metadata: [
                    "failures": "3", "request.partition": .stringConvertible(4),
                    "hosts": ["a", "b"], "nested": .dictionary(["z": "1", "a": "2"]),
                ]
            )
        }
        #expect(
            line == #"{"time":"2026-11-24T01:02:03.000Z","level":"warning","#
                + #""message":"request not handled","logger":"test","company.id":"acme","#
                + #""failures":"3","hosts":["a","b"],"nested":{"a":"2","z":"1"},"#
                + #""request.partition":4}"# + "\n"
        )
    }

    @Test func jsonLineStaysOneLineWhateverIsInIt() throws {
        let nasty = "a\"b\\c\nd\te\u{0}f\u{1B}[31m\u{2028}g😀"
        let line = lines(of: .json) { $0.info("\(nasty)", metadata: ["error": "\(nasty)"]) }
        #expect(line.count { $0.isNewline } == 1)
        let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(object["message"] == nasty)
        #expect(object["error"] == nasty)
    }

    @Test func metadataDoesNotReplaceTheLinesOwnMembers() throws {
        let line = lines(of: .json) { $0.info("m", metadata: ["time": "x", "level": "y"]) }
        let object = try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        #expect(object["level"] == "info")
        #expect(object["metadata.level"] == "y")
        #expect(object["metadata.time"] == "x")
    }

    @Test func thrownErrorIsLogged() throws {
        let line = lines(of: .json) {
            $0.error("failed", error: CommandFailure("the reason"))
        }
        #expect(line.contains(#""error":"the reason""#))
    }

    @Test func consoleLineHasNoColourWhereNobodyLooks() {
        let line = lines(of: .console) { $0.info("ready\nsteady", metadata: ["a": "b\u{1B}[0m"]) }
        #expect(line == "01:02:03.000 info     ready steady a=b [0m\n")
    }

    @Test func quietLevelsAreLeftOut() {
        #expect(lines(of: .json) { $0.debug("m") } == "")
    }

    private func lines(of format: LogSettings.Format, _ body: (Logger) -> Void) -> String {
        let written = Collected()
        let date = Date(timeIntervalSince1970: 1_795_482_123)
        let logger = Logger(label: "test") { label in
            switch format {
            case .json:
                var handler = JSONLogHandler(label: label, level: .info) { written.add($0) }
                handler.now = { date }
                return handler
            case .console:
                let style = Style(isColoured: false)
                var handler = ConsoleLogHandler(style: style, level: .info) { written.add($0) }
                handler.now = { date }
                return handler
            }
        }
        body(logger)
        return written.text
    }
}

/// Text that comes in pieces.
private final class Collected: Sendable {
    private let pieces = Mutex("")

    var text: String { pieces.withLock(\.self) }

    func add(_ piece: String) {
        pieces.withLock { $0 += piece }
    }
}
