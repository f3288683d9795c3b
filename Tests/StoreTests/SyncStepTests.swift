import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SyncStepTests {
    @Test func everyKindOfChangeIsToldWithTheNextVersion() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            func sync(_ task: ProviderTask) async throws -> [String] {
                try await fixture.sync(connection, [task]).map(\.description)
            }
            #expect(try await sync(StoreFixture.task()) == ["t-1 created 1"])
            #expect(try await sync(StoreFixture.task()) == [])
            #expect(try await sync(StoreFixture.task(title: "B")) == ["t-1 updated 2"])
            let closed = StoreFixture.task(title: "B", isClosed: true)
            #expect(try await sync(closed) == ["t-1 completed 3"])
            let closedAgain = StoreFixture.task(title: "C", isClosed: true)
            #expect(try await sync(closedAgain) == ["t-1 updated 4"])
            #expect(try await sync(StoreFixture.task(title: "C")) == ["t-1 reopened 5"])
            let removals: [String: RemovalReason] = ["t-1": .reassigned, "unknown": .deleted]
            let removed = try await fixture.sync(connection, [], removals: removals)
            #expect(removed.map(\.description) == ["t-1 removed 6"])
            #expect(removed.first?.removalReason == "reassigned")
            #expect(removed.first?.title == "C")
            #expect(try await fixture.sync(connection, [], removals: removals) == [])
            #expect(try await sync(closed) == [])
            #expect(try await sync(StoreFixture.task(title: "C")) == ["t-1 created 7"])
        }
    }

    @Test func aClosedTaskThatIsNotInTheListIsNoChange() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            #expect(try await fixture.sync(connection, [StoreFixture.task(isClosed: true)]) == [])
            #expect(try await fixture.number("SELECT count(*) FROM task") == 0)
        }
    }

    @Test func whatIsOlderThanWhatIsStoredChangesNothing() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            _ = try await fixture.sync(connection, [StoreFixture.task(title: "new", minute: 5)])
            let stale = StoreFixture.task(title: "old", isClosed: true, minute: 4)
            #expect(try await fixture.sync(connection, [stale]) == [])
            #expect(try await fixture.text("SELECT title FROM task") == "new")
        }
    }

    @Test func aTaskReadTwiceInOneStepCountsAsReadLast() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let told = try await fixture.sync(
                connection,
                [StoreFixture.task(title: "first"), StoreFixture.task(title: "last")]
            )
            #expect(told.map(\.title) == ["last"])
        }
    }

    @Test func stepsOfManyPeopleInOneBatchKeepTheirTasksApart() async throws {
        try await withStore { fixture in
            var completions: [Completion] = []
            for user in ["u-3", "u-1", "u-2"] {
                let connection = try await fixture.connect(user)
                let claim = try await fixture.claim("r \(user)")
                let tasks = ["b", "a"].map { StoreFixture.task($0, title: user) }
                completions.append(
                    fixture.completion(claim, .sync(fixture.step(connection, tasks)))
                )
            }
            let results = try await fixture.store.complete(completions, now: StoreFixture.now)
            for (result, user) in zip(results, ["u-3", "u-1", "u-2"]) {
                let records = result.records
                #expect(
                    records.map(\.type) == [
                        "task.updated.v1", "task.updated.v1", "sync.completed.v1",
                    ]
                )
                for record in records.dropLast() {
                    #expect(try record.data(PublishedTask.self).title == user)
                    #expect(record.header("ce_subject").contains("/users/\(user)/tasks/"))
                    #expect(record.header("ce_causationid") == "r \(user)")
                }
            }
            let ids = Set(results.flatMap(\.records).map { $0.header("ce_id") })
            #expect(ids.count == 9)
        }
    }

    @Test func anUnchangedPageTouchesNoRow() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let tasks = (0..<200).map { StoreFixture.task("t-\($0)") }
            #expect(try await fixture.sync(connection, tasks).count == 200)
            func rows() async throws -> [String] {
                try await fixture.pool.query(
                    "SELECT concat_ws(' ', external_id, ctid, xmin, xmax) FROM task ORDER BY 1"
                ).map { try $0.decode(0, as: String.self) }
            }
            let before = try await rows()
            let later = tasks.map { task in
                var task = task
                task.providerUpdatedAt += 60
                return task
            }
            #expect(try await fixture.sync(connection, later) == [])
            #expect(try await rows() == before)
        }
    }

    @Test func theLastStepTellsCountsAndCoversTheConnection() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            _ = try await fixture.sync(connection, ["a", "b", "c"].map { StoreFixture.task($0) })
            let tasks = [
                StoreFixture.task("a"), StoreFixture.task("b", title: "B"),
                StoreFixture.task("c", isClosed: true), StoreFixture.task("d"),
            ]
            let claim = try await fixture.claim("r-1")
            var progress = ImportProgress(startedAt: StoreFixture.now - 2, providerTime: .now)
            progress.providerCalls = 3
            let step = fixture.step(connection, tasks, progress: progress)
            let record = try await #require(fixture.complete(claim, .sync(step)).records.last)
            let outcome = try record.data(PublishedOutcome.self)
            #expect(
                outcome.counts
                    == .init(
                        created: 1,
                        updated: 1,
                        completed: 1,
                        reopened: 0,
                        removed: 0,
                        unchanged: 1
                    )
            )
            #expect(outcome.requestId == "r-1")
            #expect(outcome.userId == "u-7")
            #expect(outcome.providerCalls == 3)
            #expect(outcome.durationMs == 2000)
            #expect(outcome.coveredUntil == RFC3339.string(from: StoreFixture.now + 60))
            let covered = try await fixture.store.connection(of: connection.owner)
            #expect(covered.coveredUntil == StoreFixture.now + 60)
            #expect(covered.version == connection.version)
        }
    }

    @Test func everythingOfAPersonIsErasedPageByPageAndItsTextForgotten() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            _ = try await fixture.sync(connection, ["a", "b"].map { StoreFixture.task($0) })
            _ = try await fixture.sync(connection, [StoreFixture.task("b", isClosed: true)])
            #expect(
                try await fixture.store.listedTasks(of: connection.owner) == [
                    "a": false, "b": true,
                ]
            )
            let claim = try await fixture.claim("r-1")
            func erase(_ id: String, _ progress: ImportProgress?, _ end: SyncStep.End) async throws
                -> CompletionResult
            {
                let (_, ids) = try await fixture.store.eraseContext(
                    of: connection.owner,
                    for: claim.identity,
                    limit: 1
                )
                #expect(ids == [id])
                return try await fixture.complete(
                    claim,
                    .sync(
                        SyncStep(
                            owner: connection.owner,
                            connectionVersion: nil,
                            tasks: [],
                            removals: [id: .disconnected],
                            progress: progress
                                ?? ImportProgress(
                                    startedAt: StoreFixture.now,
                                    providerTime: StoreFixture.now
                                ),
                            end: end
                        )
                    )
                )
            }
            let first = try await erase("a", nil, .page(next: TaskCursor(timestamp: "", id: "a")))
            let checkpoint = try await fixture.store.eraseContext(
                of: connection.owner,
                for: claim.identity,
                limit: 1
            ).checkpoint
            #expect(checkpoint?.progress == first.progress)
            let last = try await erase("b", first.progress, .erased)
            let records = first.records + last.records
            #expect(Set(records.map { $0.header("ce_id") }).count == 3, "two ids and no id")
            #expect(
                records.map(\.type) == [
                    "task.updated.v1", "tombstone", "task.updated.v1", "tombstone",
                ]
            )
            let told = try records.filter { $0.value != nil }.map {
                try $0.data(PublishedTask.self)
            }
            #expect(Set(told.map(\.description)) == ["a removed 2", "b removed 3"])
            #expect(told.allSatisfy { $0.removalReason == "disconnected" && !$0.title.isEmpty })
            #expect(
                try await fixture.text("SELECT string_agg(title || url || status, '') FROM task")
                    == ""
            )
            #expect(try await fixture.number("SELECT count(*) FROM import_checkpoint") == 0)
            #expect(try await fixture.store.listedTasks(of: connection.owner).isEmpty)
        }
    }
}
