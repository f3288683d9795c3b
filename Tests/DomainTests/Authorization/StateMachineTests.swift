import Domain
import Testing

/// Every state and event of every machine, against tables written by hand: `-` is refused.
@Suite(.timeLimit(.minutes(1)))
struct StateMachineTests {
    @Test func integrations() {
        check(
            IntegrationState.self,
            """
            state                    | authorized | disabled | grant-lost
            off                      | on         | off      | -
            on                       | on         | off      | reauthorization-required
            reauthorization-required | on         | off      | reauthorization-required
            """
        )
    }

    @Test func connections() {
        let lost = "reauthorization-required"
        check(
            ConnectionState.self,
            """
            state        | authorized | disabled     | grant-lost | company-turned-off | company-turned-on | company-moved
            disconnected | connected  | disconnected | -          | -                  | -                 | -
            connected    | connected  | disconnected | \(lost)    | suspended          | connected         | -
            suspended    | connected  | disconnected | suspended  | suspended          | connected         | \(lost)
            \(lost)      | connected  | disconnected | \(lost)    | suspended          | \(lost)           | \(lost)
            """
        )
    }

    @Test func attempts() {
        check(
            AttemptState.self,
            """
            state      | code-arrived | succeeded | failed | expired | superseded
            pending    | exchanging   | -         | failed | expired | expired
            exchanging | -            | succeeded | failed | expired | -
            succeeded  | -            | -         | -      | -       | -
            failed     | -            | -         | -      | -       | -
            expired    | -            | -         | -      | -       | -
            """
        )
    }

    @Test func grants() {
        check(
            GrantState.self,
            """
            state      | authorized | refresh-started | refreshed | refresh-released | refresh-unanswered | refused | revoked
            active     | active     | refreshing      | -         | -                | -                  | lost    | revoked
            refreshing | active     | resending       | active    | active           | ambiguous          | lost    | revoked
            ambiguous  | active     | resending       | -         | -                | -                  | lost    | revoked
            resending  | active     | resending       | active    | ambiguous        | ambiguous          | lost    | revoked
            lost       | active     | -               | -         | -                | -                  | -       | revoked
            revoked    | active     | -               | -         | -                | -                  | -       | -
            """
        )
    }

    private func check<Machine: StateMachine>(_ machine: Machine.Type, _ table: String) {
        let rows = table.split(separator: "\n").map { line in
            line.split(separator: "|").map { $0.filter { $0 != " " } }
        }
        #expect(rows[0].dropFirst().map(\.self) == Machine.Event.allCases.map(\.rawValue))
        #expect(rows.dropFirst().map { $0[0] } == Machine.allCases.map(\.rawValue))
        for (state, row) in zip(Machine.allCases, rows.dropFirst()) {
            for (event, expected) in zip(Machine.Event.allCases, row.dropFirst()) {
                #expect(
                    state.next(on: event)?.rawValue ?? "-" == expected,
                    "\(state) on \(event)"
                )
                var moved = state
                if expected == "-" {
                    let refused = #expect(throws: TransitionRefused.self) {
                        try moved.apply(event)
                    }
                    #expect(refused?.description.contains(state.rawValue) == true)
                    #expect(moved == state)
                } else {
                    #expect(throws: Never.self) { try moved.apply(event) }
                    #expect(moved.rawValue == expected)
                }
            }
        }
    }
}
