import ArgumentParser
import Domain
import FoundationEssentials
import Kafka
import Logging

/// Publishes one request for a person at a terminal, and shows what becomes of it.
struct RequestSender: Sendable {
    let source: SettingsSource
    /// How long to wait for the outcome; `nil` not to.
    let timeout: Duration?

    /// Prints the request's id, then its outcome if it is waited for.
    func send(_ request: OutgoingRequest) async throws {
        try request.validate()
        let settings = try KafkaSettings(source)
        let logs = Logs(
            settings: try LogSettings(source, defaultFormat: .console, defaultLevel: .warning)
        )
        let logger = logs.logger("request")
        _ = try await Preflight.partitions(
            of: [settings.topicPrefix + request.topic],
            settings,
            logger: logger
        )
        let id = UUID().uuidString.lowercased()
        try await RequestPublisher(settings, logger: logger).run { publisher in
            let publish: @Sendable () async throws -> Void = {
                try await publisher.publish(request, id: id)
                LogOutput.standardOutput.line(id)
            }
            guard let timeout else { return try await publish() }
            let outcome = try await self.outcome(
                of: id,
                settings,
                within: timeout,
                logger: logger,
                afterJoining: publish
            )
            LogOutput.standardOutput.line(EventLine(Style(for: .standardOutput)).text(outcome))
            if let url = outcome.text("authorizationUrl") { LogOutput.standardOutput.line(url) }
            try Self.judge(outcome)
        }
    }

    private func outcome(
        of id: String,
        _ settings: KafkaSettings,
        within timeout: Duration,
        logger: Logger,
        afterJoining publish: @escaping @Sendable () async throws -> Void
    ) async throws -> ReceivedEvent {
        let feed = try EventFeed(
            settings,
            topics: [Topics.outcome],
            from: .latest,
            logger: logger
        )
        let (ready, onReady) = AsyncStream<Void>.makeStream()
        let (outcomes, onOutcome) = AsyncStream<ReceivedEvent>.makeStream()
        return try await withThrowingTaskGroup(of: ReceivedEvent?.self) { group in
            group.addTask {
                try await feed.run {
                    onReady.finish()
                } onEvent: { event in
                    if event.requestID == id { onOutcome.yield(event) }
                }
                return nil
            }
            group.addTask {
                for await _ in ready {}
                try await publish()
                return await outcomes.first { _ in true }
            }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw CommandFailure(
                    "no outcome of \(id) within \(timeout); is a worker running?",
                    .temporaryFailure
                )
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let outcome = result { return outcome }
            }
            throw CancellationError()
        }
    }

    /// Ends with a number that a script can act on.
    private static func judge(_ outcome: ReceivedEvent) throws {
        switch outcome.type {
        case "integration.failed.v1", "integration.reauthorization-required.v1", "sync.failed.v1":
            throw ExitCode.failure
        case "sync.deferred.v1": throw ExitCode.temporaryFailure
        default: return
        }
    }
}
