import Domain
import Testing

@Suite(.timeLimit(.minutes(1)))
struct AuthorizationPolicyTests {
    @Test(arguments: Role.allCases)
    func onlyOwnersAndAdminsActForTheCompany(role: Role) throws {
        let actor = Actor(userID: try Samples.owner().userID, role: role)
        for integration in [nil] + IntegrationState.allCases.map(\.self) {
            let refusal = AuthorizationPolicy.refusal(
                of: .company,
                by: actor,
                integration: integration
            )
            #expect(refusal?.reason == (role == .owner || role == .admin ? nil : .notPermitted))
            if let refusal { #expect(refusal.details == ["role": role.rawValue]) }
        }
    }

    @Test(arguments: Role.allCases)
    func anyoneActsForThemselvesOnceTheCompanyIsOn(role: Role) throws {
        let actor = Actor(userID: try Samples.owner().userID, role: role)
        let table: [(IntegrationState?, FailureReason?)] = [
            (nil, .companyIntegrationOff), (.off, .companyIntegrationOff), (.on, nil),
            (.reauthorizationRequired, nil),
        ]
        for (integration, expected) in table {
            let refusal = AuthorizationPolicy.refusal(
                of: .user,
                by: actor,
                integration: integration
            )
            #expect(refusal?.reason == expected)
        }
    }

    struct AccountCase: CustomTestStringConvertible {
        var testDescription: String
        var scope: Scope = .user
        var expected: String?
        var organization: String? = Samples.identity().organizationID
        var connected: String?
        var linkedUser: String?
        var refusal: FailureReason?
    }

    @Test(arguments: [
        AccountCase(testDescription: "nothing is known"),
        AccountCase(testDescription: "the company has none yet", organization: nil),
        AccountCase(testDescription: "by user name", expected: "JANE@acme.com"),
        AccountCase(testDescription: "by e-mail", expected: "jane.king@acme.com"),
        AccountCase(
            testDescription: "another account",
            expected: "bob@acme.com",
            refusal: .accountMismatch
        ),
        AccountCase(
            testDescription: "another account, for the company",
            scope: .company,
            expected: "bob@acme.com",
            refusal: .accountMismatch
        ),
        AccountCase(
            testDescription: "another organization",
            organization: "00D000000000000AAA",
            refusal: .organizationMismatch
        ),
        AccountCase(
            testDescription: "another organization, for the company",
            scope: .company,
            organization: "00D000000000000AAA",
            refusal: .organizationMismatch
        ),
        AccountCase(testDescription: "the account that is connected", connected: "same"),
        AccountCase(
            testDescription: "another account than is connected",
            connected: "005000000000000AAA",
            refusal: .accountMismatch
        ),
        AccountCase(
            testDescription: "another account than its owner's own, for the company",
            scope: .company,
            connected: "005000000000000AAA"
        ),
        AccountCase(testDescription: "linked to the same person", linkedUser: "u-7"),
        AccountCase(
            testDescription: "linked to another person",
            linkedUser: "u-8",
            refusal: .accountAlreadyLinked
        ),
        AccountCase(
            testDescription: "linked to another person, for the company",
            scope: .company,
            linkedUser: "u-8"
        ),
        AccountCase(
            testDescription: "everything is wrong: the account comes first",
            expected: "bob@acme.com",
            organization: "00D000000000000AAA",
            linkedUser: "u-8",
            refusal: .accountMismatch
        ),
    ])
    func theRightAccountIsTheOneExpectedInTheCompanysOrganization(given: AccountCase) throws {
        let refusal = AuthorizationPolicy.refusal(
            of: Samples.identity(),
            expecting: .init(
                scope: given.scope,
                actor: try Samples.owner().userID,
                account: given.expected,
                organizationID: given.organization,
                organizationName: "Acme",
                connected: given.connected.map {
                    .init(
                        id: $0 == "same" ? Samples.identity().accountID : $0,
                        username: "bob@acme.com"
                    )
                },
                linkedUser: try given.linkedUser.map { try #require(UserID(rawValue: $0)) }
            )
        )
        #expect(refusal?.reason == given.refusal)
        guard let refusal else { return }
        #expect(refusal.details["username"] == "jane@acme.com")
        #expect(refusal.message.contains("jane@acme.com"), "it says whose account it was")
    }
}
