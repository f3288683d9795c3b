import Domain
import Fixtures
import FoundationEssentials
import Postgres
import Store
import Testing

/// Grants that nobody uses, and losses that nobody looks for.
@Suite(.timeLimit(.minutes(1)))
struct KeepAliveTests {
    @Test func grantIdleForAMonthDiesAndOneThatIsKeptAliveDoesNot() async throws {
        try await withWorld { world in
            let (kept, idle) = (try await world.connected(), "u-8")
            let account = try await world.hire(tasks: 1)
            _ = try await world.join(idle, account: account)
            let other = try await world.grant(of: idle)
            for _ in 0..<2 {
                try await world.control(
                    "PATCH",
                    "/sandbox/clock",
                    "{\"advanceSeconds\":\(16 * 86_400)}"
                )
                let before = try await world.grant(of: kept.user).generation
                _ = try await world.pool.query(
                    "UPDATE provider_grant SET keep_alive_at = now() WHERE id <> \(other.id)"
                )
                try await eventually("the grant is kept alive") {
                    try await world.grant(of: kept.user).generation > before
                }
            }
            #expect(try await world.sync(kept.user).type == "sync.completed.v1")
            #expect(try await world.sync(idle).field("reason") == "grant-revoked")
            #expect(try await world.grantsAtSalesforce(of: account) == ["idle"])
        }
    }

    @Test func keepAliveThatFindsAGrantLostTellsEveryoneOnce() async throws {
        let world = try await World.shared()
        let account = try await world.hire(tasks: 1, administrator: true)
        _ = try await world.connect("company", user: "o", role: "owner", account: account)
        _ = try await world.join("o", account: account)
        try await world.control("POST", "/sandbox/grants/revoke", "{\"user\":\"\(account)\"}")
        _ = try await world.pool.query(
            "UPDATE provider_grant SET keep_alive_at = now() WHERE company_id = \(world.company)"
        )
        _ = await world.first {
            $0.type == "integration.reauthorization-required.v1" && $0.field("userId") == "o"
        }
        #expect(world.reauthorizations == ["company grant-revoked", "o grant-revoked"])
        #expect(try await world.sync("o").field("reason") == "grant-revoked")
        // Whoever signs in again brings the grant back for both, and both are told.
        let again = try await world.connect("user", user: "o", role: "owner", account: account)
        #expect(again.type == "integration.enabled.v1")
        let id = again.field("requestId")
        _ = await world.first { $0.field("requestId") == id && $0.field("scope") == "company" }
        let integration = try await world.store.integration(
            of: world.companyID,
            with: try #require(ProviderID(rawValue: "salesforce"))
        )
        #expect(integration.state == .on)
        #expect(try await world.sync("o").type == "sync.completed.v1")
        #expect(world.reauthorizations.count == 2)
    }

    @Test func companyThatSignsInAgainBringsItsAdministratorsTasksBack() async throws {
        let world = try await World.shared()
        let account = try await world.hire(tasks: 1, administrator: true)
        _ = try await world.connect("company", user: "o", role: "owner", account: account)
        _ = try await world.join("o", account: account)
        try await world.control("POST", "/sandbox/grants/revoke", "{\"user\":\"\(account)\"}")
        #expect(try await world.sync("o").field("reason") == "grant-revoked")
        #expect(try await world.sync("o").field("reason") == "grant-revoked")
        _ = try await world.connect("company", user: "o", role: "owner", account: account)
        #expect(try await world.sync("o").type == "sync.completed.v1")
    }

    @Test func lossThatItsFinderDidNotTellIsToldByAnybody() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        try await world.store.markLost(person.grant, because: .grantRevoked)
        _ = try await world.pool.query(
            "UPDATE provider_grant SET keep_alive_at = now() WHERE id = \(person.grant.id)"
        )
        _ = await world.first { $0.type == "integration.reauthorization-required.v1" }
        #expect(world.reauthorizations == ["u-7 grant-revoked"])
        try await eventually("nobody looks at it again") {
            try await world.pool.query(
                """
                SELECT FROM provider_grant
                WHERE id = \(person.grant.id) AND keep_alive_at = 'infinity'
                """
            ).count == 1
        }
    }

    @Test func restingGrantThatIsAmbiguousIsNotRenewedWhileItsAccessTokenWorks() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        let attempt = UUID()
        _ = try await world.store.beginRefresh(
            of: person.grant,
            attempt: attempt,
            lease: .seconds(60)
        )
        try await world.store.leaveAmbiguous(person.grant, attempt: attempt, pause: .zero)
        _ = try await world.pool.query(
            "UPDATE provider_grant SET keep_alive_at = now() WHERE id = \(person.grant.id)"
        )
        try await eventually("somebody has looked after it") {
            try await world.pool.query(
                """
                SELECT FROM provider_grant
                WHERE id = \(person.grant.id) AND keep_alive_at > now() + interval '30 minutes'
                """
            ).count == 1
        }
        try await world.expireTokens(of: person.account)
        #expect(try await world.sync(person.user).type == "sync.completed.v1")
        #expect(try await world.grant(of: person.user).generation == 2)
    }

    @Test func pausedConnectionIsKeptAliveToo() async throws {
        let world = try await World.shared()
        let person = try await world.connected()
        _ = try await world.disable("company", user: "owner", role: "owner")
        #expect(try await world.connection(of: person.user).state == .suspended)
        _ = try await world.pool.query(
            "UPDATE provider_grant SET keep_alive_at = now() WHERE company_id = \(world.company)"
        )
        try await eventually("the grant is kept alive") {
            try await world.grant(of: person.user).generation == 2
        }
        #expect(try await world.connection(of: person.user).state == .suspended)
    }
}
