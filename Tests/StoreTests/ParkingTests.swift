import Domain
import Fixtures
import FoundationEssentials
import Postgres
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ParkingTests {
    static let record = StoredRecord(
        key: Array("acme/u-7".utf8),
        headers: [.init("ce_id", [1, 0, 255]), .init("empty", []), .init("null", nil)],
        value: [0xFF, 0, 1],
        timestamp: 1_777_630_530_123
    )

    @Test func whatIsParkedComesBackByteForByteWithItsAttempts() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claim("r-1")
            _ = try await fixture.store.park([Self.parking(claim, .room, attempt: 2)])
            let loaded = try await fixture.load()
            #expect(loaded.map(\.claim) == [claim])
            #expect(loaded.map(\.record) == [Self.record])
            #expect(loaded.map(\.attempt) == [2])
            #expect(try await fixture.load().isEmpty)
            #expect(try await fixture.complete(claim, .changes([], [])).isWritten)
            #expect(
                try await fixture.text("SELECT state FROM inbox WHERE record IS NULL") == "done"
            )
        }
    }

    @Test func aRequestBehindParkedOnesOfItsKeyIsSaidToBeAndOthersAreNot() async throws {
        try await withStore { fixture in
            _ = try await fixture.store.park([Self.parking(try await fixture.claim("r-1"), .room)])
            let (behind, beside) = (
                fixture.wanted("r-2", offset: 1),
                fixture.wanted("r-3", offset: 2, key: "sync/acme/u-8")
            )
            let claimed = try await fixture.store.claim([behind, beside])
            #expect(claimed.taken == [behind.identity, beside.identity])
            #expect(claimed.behind == [behind.identity])
        }
    }

    @Test func aRequestThatWaitsForATimeHoldsItsKeyBackAndNoOther() async throws {
        try await withStore { fixture in
            let claims = try await fixture.claims([
                ("r-1", "a"), ("r-2", "a"), ("r-3", "b"), ("r-4", "a"),
            ])
            _ = try await fixture.store.park([Self.parking(claims[1], .room)])
            let head = Self.parking(claims[0], .after(.seconds(600)), attempt: 1)
            #expect(try await fixture.complete(claims[0], .parked(head, behind: [])).isWritten)
            _ = try await fixture.store.park([
                Self.parking(claims[2], .room), Self.parking(claims[3], .room),
            ])
            #expect(try await fixture.load().map(\.claim) == [claims[2]])

            _ = try await fixture.pool.query("UPDATE inbox SET next_at = now()")
            #expect(
                try await fixture.load().map(\.claim) == [claims[0], claims[1], claims[3]]
            )
        }
    }

    @Test func whatTheWorkerHadBehindAFailedAttemptIsParkedWithIt() async throws {
        try await withStore { fixture in
            let claims = try await fixture.claims([("r-1", "a"), ("r-2", "a")])
            let work = Completion.Work.parked(
                Self.parking(claims[0], .after(.seconds(600)), attempt: 1, lastError: "away"),
                behind: [Self.parking(claims[1], .room)]
            )
            #expect(try await fixture.complete(claims[0], work).isWritten)
            #expect(
                try await fixture.number(
                    "SELECT count(*) FROM inbox WHERE state = 'parked' AND next_at > now()"
                ) == 2
            )
            #expect(
                try await fixture.text("SELECT last_error FROM inbox WHERE id = 'r-1'") == "away"
            )
            #expect(
                try await fixture.store.backlog(of: [StoreFixture.partition])
                    == [StoreFixture.partition: 2]
            )
        }
    }

    @Test func anAttemptThatFailsWhileItsRecordIsKeptIsParkedAllTheSame() async throws {
        try await withStore { fixture in
            for round in 0..<20 {
                let claim = fixture.wanted("r-\(round)", offset: Int64(round), key: "\(round)")
                _ = try await fixture.store.claim([claim])
                let failed = Completion.Work.parked(
                    Self.parking(claim, .after(.seconds(600)), attempt: 1),
                    behind: []
                )
                // Another statement keeps the record meanwhile, and ends only when this one waits.
                async let kept = fixture.pool.withTransaction { transaction in
                    _ = try await transaction.query(
                        """
                        UPDATE inbox SET record = 'x', ordering_key = '', next_at = now(), turn = 1
                        WHERE id = \(claim.identity.id)
                        """
                    )
                    _ = try await transaction.query("SELECT pg_sleep(0.02)")
                }
                #expect(try await fixture.complete(claim, failed).isWritten)
                try await kept
                #expect(
                    try await fixture.number(
                        """
                        SELECT attempt::bigint FROM inbox
                        WHERE id = \(claim.identity.id) AND state = 'parked'
                        """
                    ) == 1
                )
            }
        }
    }

    @Test func anAttemptIsNotUndoneByARecordThatIsKeptMeanwhile() async throws {
        try await withStore { fixture in
            for round in 0..<20 {
                let claim = fixture.wanted("r-\(round)", offset: Int64(round), key: "\(round)")
                _ = try await fixture.store.claim([claim])
                async let parked = fixture.pool.withTransaction { transaction in
                    _ = try await transaction.query(
                        """
                        UPDATE inbox SET state = 'parked', attempt = 1, record = 'x',
                            ordering_key = \(claim.orderingKey), turn = 1,
                            next_at = now() + interval '1 hour'
                        WHERE id = \(claim.identity.id)
                        """
                    )
                    _ = try await transaction.query("SELECT pg_sleep(0.02)")
                }
                // Waits for the other where it comes second; where it comes first, it is overtaken.
                _ = try await fixture.store.park([Self.parking(claim, .held)])
                try await parked
                #expect(
                    try await fixture.number(
                        """
                        SELECT attempt::bigint FROM inbox
                        WHERE id = \(claim.identity.id) AND state = 'parked'
                        """
                    ) == 1
                )
            }
        }
    }

    @Test func aShortQueueIsNeverBehindALongOne() async throws {
        try await withStore { fixture in
            let long = try await fixture.claims((0..<50).map { ("long-\($0)", "long-\($0)") })
            _ = try await fixture.store.park(long.map { Self.parking($0, .room) })
            let short = fixture.wanted("short", offset: 99, key: "short", company: "other")
            _ = try await fixture.store.claim([short])
            _ = try await fixture.store.park([Self.parking(short, .room)])
            let first = try await fixture.store.load([fixture.lease], waiting: 2, due: 2)
            #expect(first.map(\.claim) == [long[0], short])
            // Its turns go on where the queue is, not where it once began.
            let late = fixture.wanted("late", offset: 100, key: "late", company: "other")
            _ = try await fixture.store.claim([late])
            _ = try await fixture.store.park([Self.parking(late, .room)])
            let next = try await fixture.store.load([fixture.lease], waiting: 3, due: 2)
            #expect(next.map(\.claim) == [long[1], long[2], late])
        }
    }

    @Test func aSuccessorFindsWhatWasParkedAndWhatWasOnlyKept() async throws {
        try await withStore { fixture in
            let claims = try await fixture.claims([("r-1", "a"), ("r-2", "a"), ("r-3", "b")])
            _ = try await fixture.store.park([
                Self.parking(claims[0], .held), Self.parking(claims[1], .room),
            ])
            #expect(try await fixture.load().map(\.claim) == [claims[1]])

            let lease = try await #require(
                fixture.store.acquireLeases(on: [StoreFixture.partition], owner: "two").first
            )
            let found = try await fixture.store.load([lease], waiting: 9, due: 9)
            // The third is Kafka's to bring again.
            #expect(found.map(\.claim.identity.id) == ["r-1", "r-2"])
            #expect(found.allSatisfy { $0.claim.lease == lease })
            #expect(try await fixture.number("SELECT sum(claims) FROM inbox") == 5)
        }
    }

    @Test func aLostOwnerTakesParksAndLoadsNothing() async throws {
        try await withStore { fixture in
            let claims = try await fixture.claims([("r-1", "a"), ("r-2", "b")])
            _ = try await fixture.store.park([Self.parking(claims[0], .room)])
            _ = try await fixture.store.acquireLeases(on: [StoreFixture.partition], owner: "two")
            #expect(try await fixture.load().isEmpty)
            _ = try await fixture.store.park([Self.parking(claims[1], .room)])
            #expect(
                try await fixture.text("SELECT state FROM inbox WHERE id = 'r-2'") == "claimed"
            )
            let late = fixture.wanted("r-3", offset: 9)
            let claimed = try await fixture.store.claim([claims[1], late])
            #expect(claimed.taken.isEmpty && claimed.others.isEmpty)
        }
    }

    @Test func whatIsKeptButRunsIsNotLoaded() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claim("r-1")
            _ = try await fixture.store.park([Self.parking(claim, .held)])
            #expect(try await fixture.load().isEmpty)
            #expect(try await fixture.store.kept([fixture.lease]).map(\.claim) == [claim])
            // Kafka brings it again, and it is nobody's again.
            #expect(try await fixture.store.claim([claim]).taken == [])
            #expect(try await fixture.complete(claim, .changes([], [])).isWritten)
        }
    }

    @Test func whatWasNeverBegunIsGivenBackAsIfItHadNotBeenTaken() async throws {
        try await withStore { fixture in
            let claims = try await fixture.claims([("r-1", "a"), ("r-2", "b"), ("r-3", "c")])
            _ = try await fixture.store.park([Self.parking(claims[1], .room)])
            #expect(try await fixture.load().map(\.claim) == [claims[1]])
            #expect(try await fixture.complete(claims[2], .changes([], [])).isWritten)
            try await fixture.store.release(claims)

            let lease = try await #require(
                fixture.store.acquireLeases(on: [StoreFixture.partition], owner: "two").first
            )
            let again = fixture.wanted("r-1", lease: lease, key: "a")
            #expect(try await fixture.store.claim([again]).taken == [again.identity])
            let loaded = try await fixture.store.load([lease], waiting: 9, due: 9)
            #expect(loaded.map(\.claim.identity.id) == ["r-2"])
            #expect(try await fixture.number("SELECT sum(claims) FROM inbox") == 3)
        }
    }

    @Test func aDeadLettersReplayIsTakenOncePerReplay() async throws {
        try await withStore { fixture in
            let claim = try await fixture.claim("r-1")
            let letter = EventRecord(topic: "x.dlq", key: nil, headers: [], value: nil)
            #expect(
                try await fixture.complete(claim, .changes([], []), deadLetter: letter).isWritten
            )
            #expect(try await fixture.store.claim([fixture.wanted("r-1", offset: 5)]).taken == [])
            let replay = fixture.wanted("r-1", offset: 6, replay: "x.dlq/0/0")
            #expect(try await fixture.store.claim([replay]).taken == [replay.identity])
            #expect(
                try await fixture.complete(replay, .changes([], []), deadLetter: letter).isWritten
            )
            #expect(
                try await fixture.store.claim([
                    fixture.wanted("r-1", offset: 7, replay: "x.dlq/0/0")
                ]).taken == []
            )
            let again = fixture.wanted("r-1", offset: 8, replay: "x.dlq/0/1")
            #expect(try await fixture.store.claim([again]).taken == [again.identity])
            #expect(try await fixture.complete(again, .changes([], [])).isWritten)
            #expect(
                try await fixture.store.claim([
                    fixture.wanted("r-1", offset: 9, replay: "x.dlq/0/2")
                ]).taken == []
            )
        }
    }

    static func parking(
        _ claim: InboxClaim,
        _ until: Parking.Until,
        attempt: Int = 0,
        lastError: String? = nil
    ) -> Parking {
        Parking(
            claim: claim,
            record: record,
            until: until,
            attempt: attempt,
            lastError: lastError
        )
    }
}

extension StoreFixture {
    /// Takes requests, by id and key, at offsets from 0.
    func claims(_ requests: [(id: String, key: String)]) async throws -> [InboxClaim] {
        let claims = requests.enumerated().map { offset, request in
            wanted(request.id, offset: Int64(offset), key: request.key)
        }
        #expect(try await store.claim(claims).taken.count == claims.count)
        return claims
    }

    func load() async throws -> [ParkedRequest] {
        try await store.load([lease], waiting: 100, due: 100)
    }
}
