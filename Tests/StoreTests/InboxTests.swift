import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct InboxTests {
    @Test func aNewRequestIsTheCallersAndItsRepeatWithinACallIsOne() async throws {
        try await withStore { fixture in
            let (one, two) = (fixture.wanted("r-1"), fixture.wanted("r-2", offset: 1))
            let repeated = fixture.wanted("r-1", offset: 2)
            let claimed = try await fixture.store.claim([one, two, repeated]).taken
            #expect(claimed == [one.identity, two.identity])
            #expect(try await fixture.number("SELECT count(*) FROM inbox") == 2)
            #expect(try await fixture.store.claim([]).taken == [])
        }
    }

    @Test func aRequestThatIsDoneIsNobodysAgain() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claim("r-1")
            #expect(try await fixture.complete(claim, .changes([], [])).isWritten)
            #expect(try await fixture.store.claim([claim]).taken == [])
            #expect(try await fixture.store.claim([fixture.wanted("r-1", offset: 9)]).taken == [])
        }
    }

    @Test func aRequestOfALostOwnerIsTakenOver() async throws {
        try await withStore { fixture in
            let lost = try await fixture.claim("r-1")
            let lease = try await #require(
                fixture.store.acquireLeases(on: [StoreFixture.partition], owner: "two").first
            )
            #expect(lease.epoch == lost.lease.epoch + 1)
            let taken = fixture.wanted("r-1", lease: lease)
            #expect(try await fixture.store.claim([taken]).taken == [taken.identity])
            #expect(try await fixture.complete(lost, .changes([], [])).isFenced)
            #expect(try await fixture.complete(taken, .changes([], [])).isWritten)
        }
    }

    @Test func aRepeatAtAnotherOffsetIsNotTakenWhileTheFirstIsWorkedOff() async throws {
        try await withStore { fixture in
            _ = try await fixture.claim("r-1")
            #expect(try await fixture.store.claim([fixture.wanted("r-1", offset: 1)]).taken == [])
            let elsewhere = try await #require(
                fixture.store.acquireLeases(
                    on: [RequestPartition(topic: "sync-request", partition: 4)],
                    owner: "two"
                ).first
            )
            let repeated = fixture.wanted("r-1", lease: elsewhere)
            #expect(try await fixture.store.claim([repeated]).taken == [])
        }
    }

    @Test func theSameIDOfAnotherSenderOrCompanyIsAnotherRequest() async throws {
        try await withStore { fixture in
            var (sender, company) = (fixture.wanted("r-1"), fixture.wanted("r-1"))
            sender.identity.source = "/other"
            company.identity.companyID = "other"
            _ = try await fixture.claim("r-1")
            #expect(
                try await fixture.store.claim([sender, company]).taken
                    == [sender.identity, company.identity]
            )
        }
    }

    @Test func onlyOldRequestsThatAreDoneAreForgotten() async throws {
        try await withStore { fixture in
            let done = try await fixture.claim("r-1")
            #expect(try await fixture.complete(done, .changes([], [])).isWritten)
            _ = try await fixture.claim("r-2")
            #expect(try await fixture.store.expireInbox(olderThan: .seconds(60), limit: 10) == 0)
            _ = try await fixture.pool.query(
                "UPDATE inbox SET claimed_at = now() - interval '1 hour'"
            )
            _ = try await fixture.pool.query(
                "UPDATE inbox SET done_at = now() - interval '1 hour' WHERE state = 'done'"
            )
            #expect(try await fixture.store.expireInbox(olderThan: .seconds(60), limit: 10) == 1)
            #expect(try await fixture.text("SELECT id FROM inbox") == "r-2")
        }
    }
}
