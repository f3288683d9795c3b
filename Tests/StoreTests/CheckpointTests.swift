import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CheckpointTests {
    private static let cursor = TaskCursor(timestamp: "2026-05-01T10:15:30.000+0000", id: "t-2")

    @Test func aPageWritesWhereToGoOnAndItsRequestStaysOpen() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let claim = try await fixture.claim("r-1")
            let tasks = ["t-1", "t-2"].map { StoreFixture.task($0) }
            let result = try await fixture.complete(
                claim,
                .sync(fixture.step(connection, tasks, next: Self.cursor))
            )
            #expect(result.records.map(\.type) == ["task.updated.v1", "task.updated.v1"])
            #expect(result.progress?.eventOrdinal == 2)
            #expect(result.progress?.counts.created == 2)
            let context = try await fixture.store.syncContext(
                of: connection.owner,
                for: claim.identity
            )
            #expect(context.checkpoint?.cursor == Self.cursor)
            #expect(context.checkpoint?.progress == result.progress)
            #expect(context.connection == connection)
            let other = try await fixture.store.syncContext(
                of: connection.owner,
                for: fixture.wanted("r-2").identity
            )
            #expect(other.checkpoint == nil)
            #expect(try await fixture.store.claim([claim]).taken == [claim.identity])
        }
    }

    @Test func aPageThatWasWrittenAlreadyIsAConflictAndTellsNothing() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let claim = try await fixture.claim("r-1")
            let step = fixture.step(connection, [StoreFixture.task()], next: Self.cursor)
            #expect(try await fixture.complete(claim, .sync(step)).isWritten)
            #expect(try await fixture.complete(claim, .sync(step)).isConflict)
            #expect(try await fixture.number("SELECT count(*) FROM outbox") == 1)
        }
    }

    @Test func aPageThatEndsAtTheSameInstantWithAnotherTaskIsAnotherPage() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let claim = try await fixture.claim("r-1")
            for id in ["t-2", "t-3"] {
                let next = TaskCursor(timestamp: Self.cursor.timestamp, id: id)
                let step = fixture.step(connection, [StoreFixture.task(id)], next: next)
                #expect(try await fixture.complete(claim, .sync(step)).isWritten)
            }
        }
    }

    @Test func aPageOfALostOwnerIsFencedAndWritesNothing() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let claim = try await fixture.claim("r-1")
            _ = try await fixture.store.acquireLeases(on: [StoreFixture.partition], owner: "two")
            let step = fixture.step(connection, [StoreFixture.task()], next: Self.cursor)
            #expect(try await fixture.complete(claim, .sync(step)).isFenced)
            #expect(try await fixture.number("SELECT count(*) FROM task") == 0)
            #expect(try await fixture.number("SELECT count(*) FROM import_checkpoint") == 0)
        }
    }

    @Test func theLastStepGoesOnCountingAndForgetsTheCheckpoint() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let claim = try await fixture.claim("r-1")
            let page = try await fixture.complete(
                claim,
                .sync(fixture.step(connection, [StoreFixture.task("t-1")], next: Self.cursor))
            )
            let progress = try #require(page.progress)
            let last = try await fixture.complete(
                claim,
                .sync(fixture.step(connection, [StoreFixture.task("t-2")], progress: progress))
            )
            let outcome = try #require(last.records.last).data(PublishedOutcome.self)
            #expect(outcome.counts?.created == 2)
            let ids = (page.records + last.records).map { $0.header("ce_id") }
            #expect(Set(ids).count == 3)
            #expect(try await fixture.number("SELECT count(*) FROM import_checkpoint") == 0)
        }
    }
}
