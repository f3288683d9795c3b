import ArgumentParser
import Domain
import Kafka
import Logging
import ServiceLifecycle

/// A Kafka broker in one process.
struct SandboxBroker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker",
        abstract: "A Kafka broker with the service's topics.",
        discussion: """
            librdkafka's mock cluster: any client can use it, but it has no transactions and no admin \
            calls, and keeps at most 5 MiB of a partition.
            """
    )

    @Option(help: "A fixed port; any that is free if left out.")
    var port: Int?

    @Option(help: "How many partitions each topic has.")
    var partitions = 4

    @Option(help: "What stands before the names of the topics.")
    var topicPrefix = ""

    func validate() throws {
        guard (1...128).contains(partitions) else {
            throw ValidationError("--partitions is a number from 1 to 128.")
        }
    }

    func run() async throws {
        let topics =
            Topics.requests + [Topics.outcome, Topics.taskUpdated]
            + Topics.requests.map(Topics.deadLetters(of:))
        let broker = try EmbeddedBroker(
            topics: topics.map { .init(topicPrefix + $0, partitions: partitions) }
        )
        defer { broker.close() }
        let relay = try await port.asyncMap { port in
            try await PortRelay.bind(port: port, target: broker.bootstrapServers)
        }
        let address = relay?.address ?? broker.bootstrapServers
        let output = LogOutput.standardOutput
        output.line("KAFKA_BOOTSTRAP_SERVERS=\(address)")
        for (name, value) in SandboxTuning.properties.sorted(by: { $0.key < $1.key }) {
            let variable = name.uppercased().replacing(".", with: "_")
            output.line("KAFKA_PROPERTIES_\(variable)=\(value)")
        }
        output.line("# topics, \(partitions) partitions each: \(topics.joined(separator: " "))")
        output.line("# look inside: kcat -b \(address) -L")
        try await Foreground.run(relay.map { [$0] } ?? [])
    }
}

/// What clients of the mock cluster are tuned with.
enum SandboxTuning {
    /// It never cuts a long fetch short, and needs a session of more than 3 s to let a member join.
    static let properties = [
        "session.timeout.ms": "6000", "heartbeat.interval.ms": "500", "fetch.wait.max.ms": "10",
        "reconnect.backoff.max.ms": "1000",
    ]
}

extension Optional where Wrapped: Sendable {
    fileprivate func asyncMap<Result>(
        _ transform: (Wrapped) async throws -> Result
    ) async rethrows -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
