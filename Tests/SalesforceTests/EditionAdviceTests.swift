import Domain
import Testing

@testable import Salesforce

@Suite(.timeLimit(.minutes(1)))
struct EditionAdviceTests {
    @Test(arguments: [
        ("Professional Edition" as String?, "Buy API access"),
        ("Contact Manager Edition", "cannot have API access"),
        ("Team Edition", "cannot have API access"),
        ("Group Edition", "cannot have API access"),
        ("Essentials Edition", "cannot have API access"),
        ("Base Edition", "cannot have API access"),
        ("Personal Edition", "cannot have API access"),
        ("Enterprise Edition", "System Permissions → API Enabled"),
        ("Unlimited Edition", "System Permissions → API Enabled"),
        ("Performance Edition", "System Permissions → API Enabled"),
        ("Developer Edition", "System Permissions → API Enabled"),
    ])
    func editionDecidesTheAdvice(edition: String?, advice: String) {
        let failure = EditionAdvice.failure(edition: edition)
        #expect(failure.reason == .apiNotEnabled)
        #expect(failure.remedy.contains(advice))
        #expect(failure.details["edition"] == edition)
    }

    @Test(arguments: ["Edition of Tomorrow", "", nil] as [String?])
    func unknownEditionNamesEveryCase(edition: String?) {
        let failure = EditionAdvice.failure(edition: edition)
        #expect(failure.reason == .apiNotEnabled)
        for advice in ["API Enabled", "buy API access", "upgrade", "Organization Edition"] {
            #expect(failure.remedy.contains(advice))
        }
        #expect(failure.details["edition"] == edition)
    }

    @Test func onePersonWithoutAPIIsToldOfTheProfile() {
        #expect(Failure.apiNotPermitted.reason == .apiNotPermitted)
        #expect(Failure.apiNotPermitted.remedy.contains(EditionAdvice.permissionPath))
    }
}
