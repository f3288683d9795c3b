import Domain
import FoundationEssentials
import Postgres
import Store
import Testing

/// What a lost grant and a company that is turned off and on again mean for its people.
@Suite(.timeLimit(.minutes(1)))
struct GrantLossTests {
    @Test func whoeverUsesALostGrantIsToldOnce() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            try await fixture.connect("u-8")
            let grant = try await fixture.stored(connection)
            try await fixture.write([.saveIntegration(fixture.integration(grant))])
            try await fixture.store.markLost(grant, because: .grantAmbiguous)
            let loss = StateChange.loseGrant(
                fixture.company,
                grant.id,
                Failure(.grantAmbiguous)
            )
            let first = try await fixture.complete(
                try await fixture.claim("r-1"),
                .changes([loss], [])
            )
            #expect(
                first.records.map(\.type)
                    == Array(repeating: "integration.reauthorization-required.v1", count: 2)
            )
            let told = try first.records.map { try $0.data(PublishedOutcome.self) }
            #expect(told.map(\.userId) == [nil, "u-7"])
            #expect(told.map(\.reason) == ["grant-ambiguous", "grant-ambiguous"])
            #expect(
                try await fixture.store.connection(of: connection.owner).state
                    == .reauthorizationRequired
            )
            #expect(
                try await fixture.store.connection(of: fixture.owner("u-8")).state == .connected
            )
            let integration = try await fixture.store.integration(
                of: fixture.company,
                with: fixture.provider
            )
            #expect(integration.state == .reauthorizationRequired)
            let second = try await fixture.complete(
                try await fixture.claim("r-2"),
                .changes([loss], [])
            )
            #expect(second.isWritten)
            #expect(second.records.isEmpty)
            #expect(
                try await fixture.store.loseGrant(grant, Failure(.grantAmbiguous), now: .now) == nil
            )
        }
    }

    @Test func aNewAuthorizationIsNotUndoneByALossThatCameLate() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            let grant = try await fixture.stored(connection)
            try await fixture.store.markLost(grant, because: .grantRevoked)
            try await fixture.write([.saveGrant(grant)])
            try await fixture.write(
                [.loseGrant(fixture.company, grant.id, Failure(.grantRevoked))]
            )
            #expect(try await fixture.store.connection(of: connection.owner) == connection)
        }
    }

    @Test func whoseGrantLivesResumesAndTheOthersAreAskedToSignIn() async throws {
        try await withStore { fixture in
            let living = try await fixture.connect("u-1")
            let lost = try await fixture.stored(try await fixture.connect("u-2"))
            let elsewhere = try await fixture.connect("u-3")
            try await fixture.store.markLost(lost, because: .grantAmbiguous)
            _ = try await fixture.pool.query(
                """
                UPDATE provider_grant SET organization_id = '00DELSEWHERE'
                WHERE id = \(try #require(elsewhere.grantID))
                """
            )
            try await fixture.write(
                [.suspendConnections(fixture.company, fixture.provider, erasing: false)]
            )
            #expect(try await fixture.states() == "suspended suspended suspended")
            let resumed = try await fixture.complete(
                try await fixture.claim("r-1"),
                .changes(
                    [
                        .resumeConnections(
                            fixture.company,
                            fixture.provider,
                            organizationID: "00D"
                        )
                    ],
                    []
                )
            )
            #expect(
                try await fixture.states()
                    == "connected reauthorization-required reauthorization-required"
            )
            let told = try resumed.records.map { try $0.data(PublishedOutcome.self) }
                .map { "\($0.userId ?? "") \($0.reason ?? "")" }
            #expect(told.sorted() == ["u-2 grant-ambiguous", "u-3 organization-mismatch"])
            #expect(try await fixture.store.connection(of: living.owner).grantID == living.grantID)
        }
    }

    @Test func suspensionThatErasesForgetsWhatWasCovered() async throws {
        try await withStore { fixture in
            let connection = try await fixture.connect()
            _ = try await fixture.pool.query("UPDATE user_connection SET covered_until = now()")
            func suspended(erasing: Bool) async throws -> Date? {
                try await fixture.write(
                    [
                        .suspendConnections(
                            fixture.company,
                            fixture.provider,
                            erasing: erasing
                        )
                    ]
                )
                let covered = try await fixture.store.connection(of: connection.owner).coveredUntil
                try await fixture.write(
                    [
                        .resumeConnections(
                            fixture.company,
                            fixture.provider,
                            organizationID: "00D"
                        )
                    ]
                )
                return covered
            }
            #expect(try await suspended(erasing: false) != nil)
            #expect(try await suspended(erasing: true) == nil)
        }
    }
}

extension StoreFixture {
    fileprivate func stored(_ connection: UserConnection) async throws -> Grant {
        let id = try #require(connection.grantID)
        return try await #require(store.grant(id, of: connection.owner.companyID))
    }

    fileprivate func integration(_ grant: Grant) -> CompanyIntegration {
        CompanyIntegration(
            companyID: company,
            provider: provider,
            state: .on,
            grantID: grant.id,
            organizationID: "00D",
            organizationName: "Acme"
        )
    }

    fileprivate func states() async throws -> String? {
        try await text("SELECT string_agg(state, ' ' ORDER BY user_id) FROM user_connection")
    }
}
