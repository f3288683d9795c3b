import Domain
import Fixtures
import Foundation
import Postgres
import Testing

@testable import Store
@testable import integration_worker

/// `status` and `explain` as an operator runs them: real processes on a real database, without keys.
@Suite(.timeLimit(.minutes(2)))
struct OverviewTests {
    @Test func anEmptyServiceIsOneScreenOfNothing() async throws {
        try await withSeeded([]) { run in
            let status = try await run(["status"])
            #expect(status.status == 0)
            #expect(status.errors.isEmpty)
            #expect(
                status.output == """
                    companies     none
                    connections   none
                    grants        none
                    revocations   0 waiting
                    attempts      0 pending, 0 exchanging
                    inbox         0 parked, 0 being worked off, 0 dead
                    outbox        0 to publish
                    leases        0 of 0 workers
                    syncs         0 overdue
                    imports       0 running

                    """
            )
        }
    }

    @Test func statusCountsWhatThereIs() async throws {
        try await withSeeded(Seed.everything) { run in
            let status = try await run(["status"])
            for line in [
                "companies     1 off, 2 on, 1 reauthorization-required",
                "connections   3 connected, 1 suspended, 1 reauthorization-required",
                "grants        3 active, 1 ambiguous, 2 lost",
                "revocations   1 waiting, the oldest since ",
                "inbox         1 parked, 1 being worked off, 1 dead",
                "  sync-request/2  1 parked, the oldest since ",
                "outbox        1 to publish, the oldest since ",
                "leases        4 of 2 workers",
                "  host/1  integration-request 0-1, sync-request 2, since ",
                "  host/2  sync-request 3, since ",
                "syncs         1 overdue, due since ",
                "imports       1 running",
                "  acme/u-1  1 400 tasks so far, since ",
            ] {
                #expect(status.output.contains(line), "\(line)\n\(status.output)")
            }
            let company = try await run(["status", "--company", "acme"])
            for line in [
                "company       acme: on, last changed ", "organization  Acme Inc. (00D1)",
                "account       jane@acme.com (005-jane), active", "companies     1 on\n",
                "inbox         1 parked, 0 being worked off, 0 dead",
            ] {
                #expect(company.output.contains(line), "\(line)\n\(company.output)")
            }
            #expect(!company.output.contains("leases"))
        }
    }

    @Test func bothSpeakJSON() async throws {
        try await withSeeded(Seed.everything) { run in
            let status = try await run(["status", "--json"])
            let service = try #require(try Self.object(status.output)["service"] as? [String: Any])
            let grants = try #require(service["grants"] as? [String: [String: Any]])
            #expect(grants["lost"]?["count"] as? Int == 2)
            #expect(grants["lost"]?["isComplete"] as? Bool == true)
            let explained = try await run(["explain", "acme", "u-1", "--json"])
            let about = try #require(try Self.object(explained.output)["about"] as? [String: Any])
            #expect(about["state"] as? String == "connected")
            #expect(about["coveredUntil"] as? String == "2026-05-01T10:00:00Z")
            #expect(explained.output.count { $0.isNewline } == 1)
        }
    }

    @Test(arguments: [
        ("acme", "The integration of acme with salesforce is on, last changed "),
        ("acme", "The company's organization is Acme Inc. (00D1)."),
        (
            "acme",
            "It was turned on with the account jane@acme.com (005-jane). The grant is active: "
        ),
        ("acme", "3 people are connected, 0 suspended, 1 must sign in again, 0 disconnected."),
        ("acme", "1 grant waits for the end at salesforce, the oldest since "),
        ("acme", "1 request waits in the database, the oldest since "),
        ("quiet", "The grant is ambiguous: the refresh token was sent and no answer came, "),
        ("quiet", "No person has connected yet."),
        ("quiet", "Nothing waits."),
        ("globex", "The integration of globex with salesforce is off, last changed "),
        ("initech", "The integration of initech with salesforce must be authorized again, last "),
        ("initech", "The grant is lost (grant-revoked): the provider refused the refresh token. "),
    ])
    func aCompanyIsExplained(_ company: String, _ words: String) async throws {
        try await withSeeded(Seed.everything) { run in
            let ending = try await run(["explain", company])
            #expect(ending.status == 0)
            #expect(ending.output.contains(words), "\(ending.output)")
        }
    }

    @Test(arguments: [
        ("acme", "u-1", "u-1 of acme is connected, last changed "),
        ("acme", "u-1", "Their account is bob@acme.com (005-bob) of the organization 00D1. "),
        ("acme", "u-1", "Their tasks are covered until 2026-05-01T10:00:00Z ("),
        ("acme", "u-1", "The next sync is due at "),
        ("acme", "u-1", "An import is under way since "),
        ("acme", "u-1", ": 1 400 tasks so far."),
        ("acme", "u-1", "1 open task is in the list, and 1 closed."),
        ("acme", "u-1", "1 request of u-1 waits in the database, the oldest since "),
        ("acme", "u-1", "has spent 3 attempts: provider-unavailable: no answer within 20 s."),
        ("acme", "u-2", "A sync has been due since "),
        ("acme", "u-2", "No import is under way beyond its first page."),
        ("acme", "u-2", "No request of u-2 waits."),
        ("acme", "u-3", "u-3 of acme must sign in again, last changed "),
        (
            "acme", "u-3",
            "The schedule leaves them alone. The grant their syncs ran with is no longer "
        ),
        ("acme", "u-3", "The grant is lost (grant-ambiguous): "),
        ("acme", "u-4", "No import of their tasks is complete."),
        ("globex", "u-9", "u-9 of globex is suspended, last changed "),
        (
            "globex", "u-9",
            "The company's integration is off: syncs are refused and nothing is lost"
        ),
        ("globex", "u-9", "No sync is due."),
    ])
    func aPersonIsExplained(_ company: String, _ user: String, _ words: String) async throws {
        try await withSeeded(Seed.everything) { run in
            let ending = try await run(["explain", company, user])
            #expect(ending.status == 0)
            #expect(ending.output.contains(words), "\(ending.output)")
        }
    }

    @Test(arguments: [
        (
            "u-1", "00T1",
            "The task 00T1 is in the list: open, version 4, last changed at salesforce 2026-04-30T10:15:30Z ("
        ),
        (
            "u-1", "00T2",
            "The task 00T2 is in the list: closed, version 2, last changed at salesforce "
        ),
        ("u-1", "00T3", "was removed from the list (reassigned): it is somebody else's now. "),
        ("u-1", "00T3", "It is in the list of u-2."),
        ("u-1", "00T4", "The task 00T4 has never been in the list. It was not owned by "),
        ("u-1", "00T4", "it was changed after 2026-05-01T10:00:00Z ("),
        ("u-1", "00T4", "), and the next sync is due at "),
        ("u-2", "00T4", "), and a sync has been due since "),
        ("u-3", "00T4", "), and no sync is due while they are not connected."),
        ("u-4", "00T4", "has never been in the list. No import is complete: it may still come."),
    ])
    func aTaskIsExplained(_ user: String, _ task: String, _ words: String) async throws {
        try await withSeeded(Seed.everything) { run in
            let ending = try await run(["explain", "acme", user, "--task", task])
            #expect(ending.status == 0)
            #expect(ending.output.contains(words), "\(ending.output)")
        }
    }

    @Test func whatIsRareIsExplainedToo() async throws {
        try await withSeeded(Seed.everything + Seed.rarities) { run in
            let begun = try await run(["explain", "acme", "u-6"])
            #expect(begun.output.hasPrefix("u-6 of acme is disconnected. They have never been "))
            #expect(begun.output.contains("An authorization of theirs has been begun and not fin"))
            let gone = try await run(["explain", "acme", "u-2"])
            #expect(gone.output.contains("They turned it off; "))
            #expect(
                gone.output.contains("Their tasks were last covered until 2026-05-01T10:00:00Z ")
            )
            #expect(gone.output.contains("No sync is due."))
            let moved = try await run(["explain", "acme", "u-3"])
            #expect(
                moved.output.contains("is of the organization 00D2, and not of the company's, ")
            )
            let company = try await run(["explain", "acme"])
            #expect(company.output.contains("1 authorization has been begun and not finished."))
        }
    }

    @Test(arguments: GrantState.allCases)
    func everyStateOfAGrantHasItsSentence(_ state: GrantState) {
        let grant = GrantOverview(
            state: state,
            username: "",
            accountID: "005",
            organizationID: "00D",
            refreshedAt: .now
        )
        let sentence = grant.sentence(Wording(now: .now))
        let word = state == .resending ? "ambiguous" : state.rawValue
        #expect(sentence.hasPrefix("The grant is \(word)"))
        #expect(sentence.hasSuffix("."))
    }

    @Test(arguments: [
        (["status", "--company", "nobody"], "nothing is known of the company nobody: "),
        (["explain", "nobody"], "nothing is known of the company nobody: "),
        (["explain", "acme", "--provider", "other"], "nothing is known of the company acme: "),
        (["explain", "acme", "nobody"], "nothing is known of nobody of the company acme: "),
    ])
    func whoIsNotKnownIsOneSentenceAndA1(_ command: [String], _ words: String) async throws {
        try await withSeeded(Seed.everything) { run in
            let ending = try await run(command)
            #expect(ending.status == 1)
            #expect(ending.output.isEmpty)
            #expect(ending.errorLines.count == 1)
            #expect(ending.errors.hasPrefix("integration-worker: \(words)"))
        }
    }

    // MARK: - Fixtures

    private static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// Lends a way to run a command on a database with these rows, which looks that no secret is shown.
    private func withSeeded(
        _ statements: [PostgresQuery],
        _ body: (([String]) async throws -> Program.Ending) async throws -> Void
    ) async throws {
        try await withDatabase { url in
            let settings = ["DATABASE_URL": url]
            let migrated = try await Program.run(["migrate"], environment: settings)
            try #require(migrated.status == 0, "\(migrated.errors)")
            try await withPool(url: url) { pool in
                for statement in statements { _ = try await pool.query(statement) }
            }
            try await body { command in
                let ending = try await Program.run(command, environment: settings)
                for secret in ["plain", "706c61696e"] {
                    #expect(!ending.output.contains(secret) && !ending.errors.contains(secret))
                }
                return ending
            }
        }
    }
}
