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
            organization: "00D000000000000AAA"
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
            expected: given.expected,
            companyOrganizationID: given.organization,
            scope: given.scope,
            actor: try Samples.owner().userID,
            linkedUser: try given.linkedUser.map { try #require(UserID(rawValue: $0)) }
        )
        #expect(refusal?.reason == given.refusal)
        if let refusal { #expect(refusal.details["username"] == "jane@acme.com") }
    }
}
