import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ScheduleTests {
    @Test func whoIsDueIsAskedForOnce() async throws {
        try await withStore { fixture in
            for user in ["u-1", "u-2", "u-3"] { try await fixture.connect(user) }
            // Their first sync was asked for when they connected.
            #expect(try await Self.schedule(fixture) == [])
            _ = try await fixture.pool.query(
                "UPDATE user_connection SET next_sync_at = now() WHERE user_id <> 'u-3'"
            )
            #expect(try await Self.schedule(fixture, limit: 1).count == 1)
            #expect(try await Self.schedule(fixture).count == 1)
            #expect(try await Self.schedule(fixture) == [])
            let soonest = try await fixture.number(
                """
                SELECT floor(extract(epoch FROM min(next_sync_at) - now()))::bigint
                FROM user_connection
                """
            )
            #expect((800...990).contains(soonest))
        }
    }

    @Test func whoseListWasNotHeldAgainstEverythingForADayIsReadWhole() async throws {
        try await withStore { fixture in
            for user in ["u-1", "u-2", "u-3"] { try await fixture.connect(user) }
            _ = try await fixture.pool.query(
                """
                UPDATE user_connection SET next_sync_at = now(),
                    changed_at = now() - interval '2 days',
                    reconciled_at = CASE user_id WHEN 'u-1' THEN now() - interval '2 days'
                        WHEN 'u-2' THEN now() - interval '2 hours' END
                """
            )
            let entry = try await fixture.store.scheduleSyncs(
                every: .seconds(900),
                limit: 10,
                now: Date()
            )
            struct Asked: Decodable { var userId, mode: String }
            let asked = try (entry?.records ?? []).map { try $0.data(Asked.self) }
                .map { "\($0.userId) \($0.mode)" }
            #expect(asked.sorted() == ["u-1 full", "u-2 incremental", "u-3 full"])
        }
    }

    @Test func replicasThatScheduleTogetherAskForEachPersonOnce() async throws {
        try await withStore { fixture in
            for number in 0..<12 { try await fixture.connect("u-\(number)") }
            _ = try await fixture.pool.query("UPDATE user_connection SET next_sync_at = now()")
            let asked = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<6 {
                    group.addTask { try await Self.schedule(fixture, limit: 4) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(asked).count == asked.count)
            let rest = try await Self.schedule(fixture)
            #expect(Set(asked + rest).count == 12)
        }
    }

    @Test func aSuspensionIsTakenBackAndTheSyncIsDueSoon() async throws {
        try await withStore { fixture in
            try await fixture.connect()
            #expect(try await Self.schedule(fixture) == [])
            try await fixture.write(
                [.suspendConnections(fixture.company, fixture.provider, erasing: false)]
            )
            #expect(try await Self.schedule(fixture) == [])
            let connected = try await fixture.store.connectedUsers(
                of: fixture.company,
                with: fixture.provider
            )
            #expect(connected == [])
            try await fixture.write(
                [
                    .resumeConnections(
                        fixture.company,
                        fixture.provider,
                        organizationID: "00D"
                    )
                ]
            )
            let seconds = try await fixture.number(
                """
                SELECT ceil(extract(epoch FROM next_sync_at - now()))::bigint
                FROM user_connection
                """
            )
            #expect((0...10).contains(seconds))
            _ = try await fixture.pool.query("UPDATE user_connection SET next_sync_at = now()")
            #expect(try await Self.schedule(fixture) == ["acme/u-7"])
        }
    }

    /// The keys of what was asked for.
    private static func schedule(
        _ fixture: StoreFixture,
        limit: Int = 100
    ) async throws -> [String] {
        let entry = try await fixture.store.scheduleSyncs(
            every: .seconds(900),
            limit: limit,
            now: Date()
        )
        return (entry?.records ?? []).map { record in
            #expect(record.type == "sync.request.v1")
            return String(decoding: record.key ?? [], as: UTF8.self)
        }
    }
}
