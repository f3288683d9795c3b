import ArgumentParser
import Domain
import Logging
import Runtime

/// Works requests off until it is told to stop.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Work requests off until told to stop.",
        discussion: """
            Runs the worker and its ops server (/live, /ready, /metrics). SIGTERM or SIGINT drains: \
            what runs is finished, written, published and committed; a second signal ends at once.

            Needs KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL, SALESFORCE_CLIENT_ID, \
            SALESFORCE_CLIENT_SECRET, REDIRECT_URIS and TOKEN_ENCRYPTION_KEYS. \
            `integration-worker check` says what is missing.
            """
    )

    @OptionGroup var settings: SettingsOptions

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A fault to play on itself: crash=POINT:N, fatal=SECONDS or fail=PERCENT:TIMES.",
            visibility: .hidden
        )
    )
    var rehearse: [String] = []

    func validate() throws {
        guard Rehearsal(orders: rehearse) != nil else {
            throw ValidationError(
                "--rehearse is crash=POINT:N, fatal=SECONDS or fail=PERCENT:TIMES."
            )
        }
    }

    func run() async throws {
        let source = try await settings.source()
        let settings = try WorkerSettings(source)
        let logs = Logs(settings: settings.logs)
        let logger = logs.logger("preflight")
        try await Preflight.verifyDatabase(settings.database, settings.cipher, logger: logger)
        _ = try await Preflight.partitions(
            of: Topics.requests.map { settings.kafka.topicPrefix + $0 },
            settings.kafka,
            logger: logger
        )
        let rehearsal = rehearse.isEmpty ? nil : Rehearsal(orders: rehearse)
        try await Composition(settings, logs: logs, rehearsal: rehearsal).run()
    }
}
