import AsyncHTTPClient
import Domain
import Fixtures
import FoundationEssentials
import NIOCore
import NIOHTTP1
import Postgres
import Sandbox
import Store
import Testing

/// A person who is connected, and what their grant was when they were.
struct Connected: Sendable {
    let user: String
    let account: String
    let grant: Grant

    var refreshToken: String { grant.tokens.refresh?.reveal() ?? "" }
}

extension World {
    /// Turns the company on and connects a person with some tasks.
    func connected(_ user: String = "u-7", tasks: Int = 2) async throws -> Connected {
        try await turnOn()
        let account = try await hire(tasks: tasks)
        _ = try await join(user, account: account)
        return Connected(user: user, account: account, grant: try await grant(of: user))
    }

    func connection(of user: String) async throws -> UserConnection {
        try await store.connection(
            of: TaskOwner(
                companyID: try companyID,
                userID: try #require(UserID(rawValue: user)),
                provider: try #require(ProviderID(rawValue: "salesforce"))
            )
        )
    }

    func grant(of user: String) async throws -> Grant {
        let id = try #require(try await connection(of: user).grantID)
        return try await #require(store.grant(id, of: companyID))
    }

    var companyID: CompanyID {
        get throws { try #require(CompanyID(rawValue: company)) }
    }

    /// Why each of somebody's grants at Salesforce has ended; `nil` for one that lives.
    func grantsAtSalesforce(of account: String) async throws -> [String?] {
        let grants = try await control("GET", "/sandbox/grants?user=\(account)")
        return try JSONDecoder().decode([GrantAtSalesforce].self, from: Data(grants.utf8))
            .map(\.revocation)
    }

    /// Waits until somebody's grants at Salesforce are so.
    func untilGrants(of account: String, are expected: [String?]) async throws {
        try await eventually("grants of \(account) are \(expected)") {
            try await grantsAtSalesforce(of: account) == expected
        }
    }

    func expireTokens(of account: String) async throws {
        try await control("POST", "/sandbox/tokens/expire", "{\"user\":\"\(account)\"}")
    }

    /// Plans a fault of this person's calls for new tokens.
    func failRefresh(of person: Connected, _ fault: String, times: Int = 1) async throws {
        try await fail("/services/oauth2/token", of: person.account, fault, times: times)
    }

    /// Plans a fault of the calls that carry somebody's token or code; an outage if nothing is said.
    func fail(
        _ path: String,
        of account: String,
        _ fault: String = #""kind":"html","status":503"#,
        times: Int = 1
    ) async throws {
        try await control(
            "POST",
            "/sandbox/faults",
            """
            {\(fault),"times":\(times),"match":{"path":"\(path)","user":"\(account)"}}
            """
        )
    }

    /// An organization of its own whose administrator has turned the company's integration on.
    func turnOnElsewhere() async throws -> String {
        let organization = try await found()
        let admin = try await hire(administrator: true, in: organization)
        let outcome = try await connect("company", user: "o", role: "owner", account: admin)
        try #require(outcome.type == "integration.enabled.v1", "\(outcome.field("reason") ?? "")")
        return organization
    }

    /// How the company's people were asked to sign in again, in order.
    var reauthorizations: [String] {
        neighbour.received.filter {
            $0.type == "integration.reauthorization-required.v1"
                && $0.field("companyId") == company
        }.map { "\($0.field("userId") ?? "company") \($0.field("reason") ?? "")" }
    }

    func disable(
        _ scope: String,
        user: String,
        role: String,
        erase: Bool = false
    ) async throws -> Received {
        let id = try await send(
            "integration.disable.v1",
            """
            {"companyId":"\(company)","provider":"salesforce","scope":"\(scope)",\
            "actor":{"userId":"\(user)","role":"\(role)"},"erase":\(erase)}
            """
        )
        return try #require(await neighbour.outcome(of: id))
    }

    /// Sends the browser on its way; returns the enable request's outcome.
    func enable(
        _ scope: String = "user",
        user: String = "u-7",
        role: String = "user",
        extra: String = ""
    ) async throws -> Received {
        let id = try await send(
            "integration.enable.v1",
            """
            {"companyId":"\(company)","provider":"salesforce","scope":"\(scope)",\
            "actor":{"userId":"\(user)","role":"\(role)"},"redirectUri":"\(Self.redirectURI)"\(extra)}
            """
        )
        return try #require(await neighbour.outcome(of: id))
    }

    /// Passes on what came back from Salesforce; returns the outcome.
    func authorize(
        _ back: [String: String],
        extra: String = "",
        company: String? = nil
    ) async throws -> Received {
        let fields = back.sorted { $0.key < $1.key }.map { name, value in
            "\"\(name == "error_description" ? "errorDescription" : name)\":\"\(value)\""
        }
        let id = try await send(
            "integration.authorize.v1",
            """
            {"companyId":"\(company ?? self.company)","provider":"salesforce",\
            \(fields.joined(separator: ","))\(extra)}
            """,
            key: company
        )
        return try #require(await neighbour.outcome(of: id))
    }

    /// One approval more of an app, given outside of this service; returns what came back.
    func approve(_ account: String) async throws {
        let url =
            "\(salesforce)/services/oauth2/authorize?response_type=code&client_id=sandbox-client"
            + "&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&scope=api%20refresh_token%20id"
            + "&prompt=login&state=x&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        let back = try await browser.authorize(url, as: account)
        let code = try #require(back["code"])
        let encoded = code.replacing("+", with: "%2B").replacing("=", with: "%3D")
            .replacing("/", with: "%2F")
        try await token(
            "grant_type=authorization_code&code=\(encoded)"
                + "&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback"
                + "&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        )
    }

    /// Calls the token endpoint as the app; returns the answer.
    @discardableResult
    func token(_ form: String) async throws -> String {
        var request = HTTPClientRequest(url: salesforce + "/services/oauth2/token")
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(
            Array("\(form)&client_id=sandbox-client&client_secret=sandbox-secret".utf8)
        )
        let response = try await http.execute(request, timeout: .seconds(10))
        return String(buffer: try await response.body.collect(upTo: 1 << 20))
    }
}

private struct GrantAtSalesforce: Decodable {
    var revocation: String?
}
