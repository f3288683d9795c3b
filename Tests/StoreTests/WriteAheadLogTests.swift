import Domain
import Fixtures
import FoundationEssentials
import Postgres
import Sandbox
import Store
import Testing

/// What a page costs the disk, on a server of its own: others would write to the log too.
@Suite(.timeLimit(.minutes(1)))
struct WriteAheadLogTests {
    @Test func anUnchangedPageWritesNothingBeyondItsCommit() async throws {
        try await withServer {
            $0.settings = ["full_page_writes": "off", "autovacuum": "off"]
        } _: { server in
            let url = server.url(database: try await server.createDatabase())
            try await withPool(url: url) { pool in
                let fixture = try await StoreFixture(pool: pool)
                let connection = try await fixture.connect()
                let tasks = (0..<200).map { StoreFixture.task("t-\($0)") }
                #expect(try await fixture.sync(connection, tasks).count == 200)
                let empty = try await Self.bytes(fixture, connection, [])
                let unchanged = try await Self.bytes(fixture, connection, tasks)
                #expect(
                    unchanged - empty < 200,
                    "\(unchanged) bytes a page, \(empty) without tasks"
                )
                let changed = tasks.map { task in
                    var task = task
                    task.title += "!"
                    return task
                }
                let written = try await Self.bytes(fixture, connection, changed)
                #expect(written > empty + 200)
            }
        }
    }

    /// How much a step of this page writes, on average of 10.
    private static func bytes(
        _ fixture: StoreFixture,
        _ connection: UserConnection,
        _ tasks: [ProviderTask]
    ) async throws -> Int64 {
        var claims: [InboxClaim] = []
        for _ in 0..<10 { claims.append(try await fixture.claim(UUID().uuidString)) }
        let position: PostgresQuery = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"
        let before = try await fixture.number(position)
        for claim in claims {
            let step = fixture.step(connection, tasks)
            #expect(try await fixture.complete(claim, .sync(step)).isWritten)
        }
        return (try await fixture.number(position) - before) / 10
    }
}
