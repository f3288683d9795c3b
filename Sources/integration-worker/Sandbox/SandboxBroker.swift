import ArgumentParser
import Domain
import Kafka
import Logging
import Sandbox
import ServiceLifecycle

/// A Kafka broker in one process.
struct SandboxBroker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker",
        abstract: "A Kafka broker with the service's topics.",
        discussion: """
            librdkafka's mock cluster: any client can use it, but it has no transactions and no admin \
            calls, and keeps at most 5 MiB of a partition.

            It obeys lines on standard input: down, up, rtt MILLISECONDS, errors KIND COUNT CODE, \
            topic NAME PARTITIONS, quit.
            """
    )

    @Option(help: "A fixed port; any that is free if left out.")
    var port: UInt16?

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
        let sandbox = BrokerSandbox(
            .init(
                topics: topics.map { .init(topicPrefix + $0, partitions: partitions) },
                port: port,
                endsWithCommands: false
            ),
            logger: Logger(label: "broker") { _ in SwiftLogNoOpLogHandler() }
        )
        // The library ends the process where it cannot have the port.
        if let port, !LoopbackPort.isFree(port) {
            throw CommandFailure(
                "port \(port) is taken; put another, or leave --port out",
                .unavailable
            )
        }
        let note = "# topics, \(partitions) partitions each: \(topics.joined(separator: " "))"
        do {
            try await Foreground.run(BrokerService(sandbox: sandbox, note: note))
        } catch let error as KafkaError {
            throw CommandFailure("port \(port ?? 0) cannot be taken: \(error.reason)", .unavailable)
        }
    }
}

/// A broker that ends with its group, or on `quit`.
private struct BrokerService: Service {
    let sandbox: BrokerSandbox
    let note: String

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            try await sandbox.run { answer in
                let words = answer.split(separator: " ", maxSplits: 1).map(String.init)
                guard words.first == "listening", words.count == 2 else {
                    return LogOutput.standardOutput.line(answer)
                }
                explain(words[1])
            }
        }
    }

    private func explain(_ address: String) {
        let output = LogOutput.standardOutput
        output.line("KAFKA_BOOTSTRAP_SERVERS=\(address)")
        for (name, value) in SandboxTuning.properties.sorted(by: { $0.key < $1.key }) {
            let variable = name.uppercased().replacing(".", with: "_")
            output.line("KAFKA_PROPERTIES_\(variable)=\(value)")
        }
        output.line(note)
        output.line("# look inside: kcat -b \(address) -L")
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
