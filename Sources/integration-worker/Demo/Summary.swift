/// What a demo ends with.
struct Summary {
    let screen: Screen

    func show(_ events: [ReceivedEvent], _ timings: Timings) {
        screen.heading("What was published")
        let types = events.map { event in
            if event.isDeadLetter { return "dead letter" }
            return event.isTombstone ? "task-updated, tombstone" : event.type ?? "unknown"
        }
        for (type, count) in Dictionary(types.map { ($0, 1) }, uniquingKeysWith: +)
            .sorted(by: { $0.key < $1.key })
        {
            screen.row(type, "\(count)")
        }
        screen.heading("How long it took")
        for entry in timings.all { screen.row(entry.name, Screen.text(entry.duration)) }
        screen.heading("The path")
        for line in Self.path { screen.line(line) }
    }

    /// Where to look, and what to type.
    func explain(_ world: PretendWorld) {
        screen.heading("It goes on running; Ctrl-C ends it")
        screen.row("Kafka", world.kafka.bootstrapServers)
        screen.row("PostgreSQL", world.databaseURL)
        screen.row("Salesforce", "\(world.salesforce)/sandbox/state")
        screen.row("ops", "\(world.ops)/ready and /metrics")
        screen.heading("To paste")
        let broker = world.kafka.bootstrapServers
        for line in [
            "kcat -b \(broker) -t integration-outcome -o beginning -f '%h\\n%s\\n\\n'",
            "kcat -b \(broker) -t task-updated -o beginning -f '%k  %s\\n'",
            "psql '\(world.databaseURL)' -c 'SELECT title, status, version FROM task LIMIT 10'",
            "curl -s \(world.ops)/metrics",
            "export " + Self.exports(world),
            "integration-worker watch --from-beginning",
            "integration-worker request enable --company acme --scope user --user u-8 --role user "
                + "--redirect-uri \(world.redirectURI) --wait",
            "integration-worker request authorize --company acme --wait --callback-url "
                + "'what the browser shows at the end'",
        ] {
            screen.line(line)
        }
    }

    private static func exports(_ world: PretendWorld) -> String {
        world.settings.filter { $0.key.hasPrefix("KAFKA_") }
            .sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }
            .joined(separator: " ")
    }

    private static let path = [
        "dashboard ──▶ integration-request ─┐                        ┌─▶ integration-outcome ─▶ dashboard",
        "                                   ├─▶ integration-worker ──┤",
        "apps, clock ─▶ sync-request ───────┘     │            │     └─▶ task-updated ────────▶ apps",
        "                                     PostgreSQL   Salesforce",
        "                                     inbox,       OAuth,",
        "                                     outbox       REST",
    ]
}
