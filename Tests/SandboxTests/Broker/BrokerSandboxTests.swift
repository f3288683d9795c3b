import Foundation
import Kafka
import Logging
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BrokerSandboxTests {
    @Test(
        arguments: [
            ("down", .down(nil)), ("down 2", .down(2)), (" up 1 ", .up(1)), ("quit", .quit),
            ("rtt 20", .roundTripTime(milliseconds: 20)),
            ("topic a.b 3", .topic("a.b", partitions: 3)),
            ("errors produce 2 10", .errors(apiKey: 0, count: 2, code: 10)),
            ("errors 8 1 27", .errors(apiKey: 8, count: 1, code: 27)),
            ("", nil), ("down x", nil), ("topic a 0", nil), ("errors nothing 1 1", nil),
            ("rtt -1", nil),
        ] as [(String, BrokerCommand?)]
    )
    func lineIsRead(line: String, command: BrokerCommand?) {
        #expect(BrokerCommand(line) == command)
    }

    @Test func portThatIsTakenIsRefused() throws {
        let broker = try EmbeddedBroker.onStablePort()
        let port = try #require(
            broker.bootstrapServers.split(separator: ":").last.flatMap { UInt16($0) }
        )

        #expect(throws: KafkaError.self) { try EmbeddedBroker.onStablePort(port: port) }
        broker.close()
        try EmbeddedBroker.onStablePort(port: port).close()
    }

    @Test func brokerObeysAndTellsItsAddress() async throws {
        let file = URL.temporaryDirectory.appending(path: UUID().uuidString)
        defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: file) } }
        let (lines, input) = AsyncStream.makeStream(of: String.self)
        let (answers, output) = AsyncStream.makeStream(of: String.self)
        let logger = Logger(label: "sandbox.tests") { _ in SwiftLogNoOpLogHandler() }
        let sandbox = BrokerSandbox(
            .init(brokers: 2, port: 39_321, addressFile: file.path()),
            logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sandbox.run(commands: lines) { output.yield($0) } }
            var answer = answers.makeAsyncIterator()
            #expect(await answer.next() == "listening 127.0.0.1:39321,127.0.0.1:39322")
            #expect(
                try String(contentsOf: file, encoding: .utf8) == "127.0.0.1:39321,127.0.0.1:39322"
            )
            for line in ["topic orders 3", "down 2", "up 2", "rtt 5", "errors produce 1 7"] {
                input.yield(line)
                #expect(await answer.next() == "ok")
            }
            input.yield("nonsense")
            #expect(await answer.next()?.hasPrefix("error: ") == true)
            input.finish()
            try await group.waitForAll()
        }
    }
}
