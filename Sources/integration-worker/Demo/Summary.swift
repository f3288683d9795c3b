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

    /// Where everything is and what to type, as lines for a shell.
    func explain(_ world: PretendWorld) {
        screen.heading("It goes on running; Ctrl-C ends it. In another shell:")
        let program = CommandLine.arguments[0]
        for (name, value) in Self.exports(world) { screen.bare("export \(name)='\(value)'") }
        for (purpose, line) in [
            ("what came out so far, and what comes", "\(program) watch --from-beginning"),
            (
                "the same with kcat: headers, then data",
                "kcat -C -b $KAFKA_BOOTSTRAP_SERVERS -t integration-outcome -o beginning -e "
                    + "-f '%h\\n%s\\n\\n'"
            ),
            ("a request typed by hand, as a structured CloudEvent", Self.handTyped(world)),
            (
                "the same for Eve; log in at the URL as eve@acme.com",
                "\(program) request enable --company acme --scope user --user u-8 --role user "
                    + "--redirect-uri \(world.redirectURI) --wait"
            ),
            (
                "then pass on the address the browser ends at",
                "\(program) request authorize --company acme --wait --callback-url 'http://…'"
            ),
            (
                "what the worker remembers",
                "psql $DATABASE_URL -c 'SELECT user_id, title, status, version FROM task LIMIT 9'"
            ),
            (
                "how everything stands, and why u-7 sees what they see",
                "\(program) status; \(program) explain acme u-7"
            ),
            ("a new task in Salesforce", Self.newTask),
            ("how the worker is", "curl -s $OPS_URL/ready $OPS_URL/metrics"),
        ] {
            screen.bare()
            screen.bare(screen.style.faint("# \(purpose)"))
            screen.bare(line)
        }
    }

    private static let newTask =
        "curl -d '{\"owner\":\"eve@acme.com\",\"subject\":\"Call Acme\"}' "
        + "$SALESFORCE_URL/sandbox/tasks"

    private static func handTyped(_ world: PretendWorld) -> String {
        let data =
            #"{"companyId":"acme","provider":"salesforce","scope":"user","#
            + #""actor":{"userId":"u-7","role":"user"},"redirectUri":"\#(world.redirectURI)"}"#
        return
            #"echo '{"specversion":"1.0","id":"by-hand-1","source":"/me","#
            + #""type":"integration.enable.v1","data":\#(data)}' | "#
            + "kcat -b $KAFKA_BOOTSTRAP_SERVERS -P -t integration-request -k acme"
    }

    private static func exports(_ world: PretendWorld) -> [(name: String, value: String)] {
        let kafka = world.settings.filter { $0.key.hasPrefix("KAFKA_") }
            .sorted { $0.key < $1.key }
        return kafka.map { ($0.key, $0.value) } + [
            ("DATABASE_URL", world.databaseURL), ("SALESFORCE_URL", world.salesforce),
            ("OPS_URL", world.ops),
        ]
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
