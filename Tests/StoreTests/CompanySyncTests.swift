import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct CompanySyncTests {
    @Test func itEndsOnceWhenItsLastPartHas() async throws {
        try await withStore { fixture in
            let users = try await Self.begin(fixture, "u-1", "u-2", "u-3")
            var told: [String] = []
            for (index, user) in users.enumerated() {
                let connection = try await fixture.connect(user.rawValue)
                let claim = try await fixture.claim("part \(index)")
                let tasks = (0...index).map { StoreFixture.task("t-\($0)") }
                let progress = ImportProgress(
                    startedAt: StoreFixture.now,
                    providerTime: StoreFixture.now,
                    providerCalls: 2
                )
                let step = fixture.step(connection, tasks, progress: progress, parent: "company")
                let records = try await fixture.complete(claim, .sync(step)).records
                let outcomes = records.filter { $0.header("ce_causationid") == "company" }
                told += outcomes.map(\.type)
                guard index == 2 else { continue }
                let outcome = try #require(outcomes.first).data(PublishedOutcome.self)
                #expect(outcome.counts?.created == 6)
                #expect(outcome.providerCalls == 6)
                #expect(outcome.userId == nil)
                // The earliest: nobody is covered beyond it but by chance.
                #expect(outcome.coveredUntil == RFC3339.string(from: StoreFixture.now))
            }
            #expect(told == ["sync.completed.v1"])
        }
    }

    @Test func partsThatEndInOneBatchEndItOnce() async throws {
        try await withStore { fixture in
            let users = try await Self.begin(fixture, "u-1", "u-2")
            var completions: [Completion] = []
            for user in users {
                let claim = try await fixture.claim("part of \(user)")
                let part = Self.part(fixture, failed: user == users[0])
                completions.append(fixture.completion(claim, .syncEnded([], part)))
            }
            let results = try await fixture.store.complete(completions, now: StoreFixture.now)
            #expect(results.flatMap(\.records).map(\.type) == ["sync.completed.v1"])
            let late = try await fixture.claim("late")
            let work = Completion.Work.syncEnded([], Self.part(fixture, failed: false))
            #expect(try await fixture.complete(late, work).records.isEmpty)
        }
    }

    @Test func itFailsWhenAllOfItsPartsHave() async throws {
        try await withStore { fixture in
            _ = try await Self.begin(fixture, "u-1", "u-2")
            let part = Self.part(fixture, failed: true)
            let first = try await fixture.claim("part 1")
            #expect(try await fixture.complete(first, .syncEnded([], part)).records.isEmpty)
            let second = try await fixture.claim("part 2")
            let records = try await fixture.complete(second, .changes([.countPart(part)], []))
                .records
            #expect(records.map(\.type) == ["sync.failed.v1"])
            let outcome = try #require(records.first).data(PublishedOutcome.self)
            #expect(outcome.requestId == "company")
        }
    }

    @Test func withNobodyConnectedItEndsAtOnce() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claim("company")
            let result = try await fixture.complete(claim, .companySync(Self.sync(fixture, [])))
            #expect(result.records.map(\.type) == ["sync.completed.v1"])
            #expect(try await fixture.number("SELECT count(*) FROM company_sync") == 0)
        }
    }

    /// Begins a sync of these people, by the request `company`.
    private static func begin(
        _ fixture: StoreFixture,
        _ names: String...
    ) async throws -> [UserID] {
        let users = try names.map { try #require(UserID(rawValue: $0)) }
        let claim = try await fixture.claim("company")
        let result = try await fixture.complete(claim, .companySync(sync(fixture, users)))
        #expect(result.records.map(\.type) == users.map { _ in "sync.request.v1" })
        let keys = result.records.map { String(decoding: $0.key ?? [], as: UTF8.self) }
        #expect(keys == names.map { "acme/\($0)" })
        return users
    }

    private static func sync(_ fixture: StoreFixture, _ users: [UserID]) -> CompanySync {
        CompanySync(
            companyID: fixture.company,
            provider: fixture.provider,
            mode: .incremental,
            reason: .manual,
            users: users,
            startedAt: StoreFixture.now
        )
    }

    private static func part(_ fixture: StoreFixture, failed: Bool) -> CompanySyncPart {
        CompanySyncPart(
            companyID: fixture.company,
            requestID: "company",
            failed: failed,
            coveredUntil: StoreFixture.now + 60
        )
    }
}
