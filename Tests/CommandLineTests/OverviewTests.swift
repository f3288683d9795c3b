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

    @Test func aCompanyIsExplained() async throws {
        try await withSeeded(Seed.everything) { run in
            try await Self.expect(
                run,
                ["explain", "acme"],
                [
                    "The integration of acme with salesforce is on, last changed ",
                    "The company's organization is Acme Inc. (00D1).",
                    "It was turned on with the account jane@acme.com (005-jane). The grant is act",
                    "3 people are connected, 0 suspended, 1 must sign in again, 0 disconnected.",
                    "1 grant waits for the end at salesforce, the oldest since ",
                    "1 request waits in the database, the oldest since ",
                ]
            )
            try await Self.expect(
                run,
                ["explain", "quiet"],
                [
                    "The grant is ambiguous: the refresh token was sent and no answer came, ",
                    "No person has connected yet.", "Nothing waits.",
                ]
            )
            try await Self.expect(
                run,
                ["explain", "globex"],
                ["The integration of globex with salesforce is off, last changed "]
            )
            try await Self.expect(
                run,
                ["explain", "initech"],
                [
                    "The integration of initech with salesforce must be authorized again, last ",
                    "The grant is lost (grant-revoked): the provider refused the refresh token. ",
                ]
            )
        }
    }

    @Test func aPersonIsExplained() async throws {
        try await withSeeded(Seed.everything) { run in
            try await Self.expect(
                run,
                ["explain", "acme", "u-1"],
                [
                    "u-1 of acme is connected, last changed ",
                    "Their account is bob@acme.com (005-bob) of the organization 00D1. ",
                    "Their tasks are covered until 2026-05-01T10:00:00Z (",
                    "The next sync is due at ", "An import is under way since ",
                    ": 1 400 tasks so far.", "1 open task is in the list, and 1 closed.",
                    "1 request of u-1 waits in the database, the oldest since ",
                    "has spent 3 attempts: provider-unavailable: no answer within 20 s.",
                ]
            )
            try await Self.expect(
                run,
                ["explain", "acme", "u-3"],
                [
                    "u-3 of acme must sign in again, last changed ",
                    "The schedule leaves them alone. The grant their syncs ran with is no longer ",
                    "The grant is lost (grant-ambiguous): ",
                ]
            )
            try await Self.expect(
                run,
                ["explain", "globex", "u-9"],
                [
                    "u-9 of globex is suspended, last changed ",
                    "The company's integration is off: syncs are refused and nothing is lost",
                    "No sync is due.",
                ]
            )
        }
    }

    @Test func aTaskIsExplained() async throws {
        try await withSeeded(Seed.everything) { run in
            for (user, task, words) in [
                (
                    "u-1", "00T1",
                    "is in the list: open, version 4, last changed at salesforce 2026-"
                ),
                ("u-1", "00T2", "is in the list: closed, version 2, last changed at salesforce "),
                (
                    "u-1", "00T3",
                    "was removed from the list (reassigned): it is somebody else's now."
                ),
                ("u-1", "00T4", "it was changed after 2026-05-01T10:00:00Z ("),
                ("u-2", "00T4", "), and a sync has been due since "),
                ("u-3", "00T4", "), and no sync is due while they are not connected."),
                ("u-4", "00T4", "No import is complete: it may still come."),
            ] {
                try await Self.expect(
                    run,
                    ["explain", "acme", user, "--task", task],
                    [words, "The task \(task) "]
                )
            }
            try await Self.expect(
                run,
                ["explain", "acme", "u-1", "--task", "00T3"],
                ["It is in the list of u-2."]
            )
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

    @Test func whoIsNotKnownIsOneSentenceAndA1() async throws {
        try await withSeeded(Seed.everything) { run in
            for (command, words) in [
                (["status", "--company", "nobody"], "nothing is known of the company nobody: "),
                (["explain", "nobody"], "nothing is known of the company nobody: "),
                (
                    ["explain", "acme", "--provider", "other"],
                    "nothing is known of the company acme: "
                ),
                (
                    ["explain", "acme", "nobody"],
                    "nothing is known of nobody of the company acme: "
                ),
            ] {
                let ending = try await run(command)
                #expect(ending.status == 1)
                #expect(ending.output.isEmpty)
                #expect(ending.errorLines.count == 1)
                #expect(ending.errors.hasPrefix("integration-worker: \(words)"))
            }
        }
    }

    // MARK: - Fixtures

    private typealias Run = ([String]) async throws -> Program.Ending

    private static func expect(_ run: Run, _ command: [String], _ sentences: [String]) async throws
    {
        let ending = try await run(command)
        #expect(ending.status == 0, "\(ending.errors)")
        for words in sentences { #expect(ending.output.contains(words), "\(ending.output)") }
    }

    private static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// Lends a way to run a command on a database with these rows, which looks that no secret is shown.
    private func withSeeded(
        _ statements: [PostgresQuery],
        _ body: (Run) async throws -> Void
    ) async throws {
        try await withDatabase { url in
            let settings = ["DATABASE_URL": url]
            try await withPool(url: url) { pool in
                _ = try await Migrator(pool: pool).migrate()
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
