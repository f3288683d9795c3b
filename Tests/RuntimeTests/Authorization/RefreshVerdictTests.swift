import Domain
import FoundationEssentials
import Testing

@testable import Runtime

/// What a failed refresh says, over every kind of error there is.
@Suite(.timeLimit(.minutes(1)))
struct RefreshVerdictTests {
    struct Case: CustomTestStringConvertible {
        var disposition: ProviderError.Disposition
        var status: Int?
        var reason = FailureReason.providerRejected
        var verdict: RefreshVerdict

        var testDescription: String {
            "\(disposition) \(status ?? 0) \(reason.rawValue) is \(verdict)"
        }
    }

    private static let dispositions: [ProviderError.Disposition] = [
        .retry(notBefore: nil), .waitForOrganization(until: Date(timeIntervalSince1970: 0)),
        .refresh, .reauthorize, .reject, .operator,
    ]

    @Test(arguments: dispositions)
    func whateverMayHaveSpentTheTokenIsUnanswered(disposition: ProviderError.Disposition) {
        for status in [nil, 200, 400, 503] {
            let error = ProviderError(
                disposition,
                Failure(.grantAmbiguous),
                status: status,
                isOutcomeUnknown: true
            )
            #expect(RefreshVerdict(of: error) == .unanswered)
        }
    }

    @Test(arguments: [
        Case(disposition: .reauthorize, status: 400, verdict: .refused),
        Case(disposition: .reauthorize, status: nil, verdict: .refused),
        Case(
            disposition: .retry(notBefore: nil),
            status: 400,
            reason: .providerUnavailable,
            verdict: .raced
        ),
        Case(disposition: .retry(notBefore: nil), status: 400, verdict: .notTaken),
        Case(disposition: .refresh, status: 400, verdict: .notTaken),
        Case(disposition: .retry(notBefore: nil), status: 429, verdict: .notTaken),
        Case(disposition: .retry(notBefore: nil), status: nil, verdict: .notTaken),
        Case(
            disposition: .waitForOrganization(until: Date(timeIntervalSince1970: 0)),
            status: 403,
            verdict: .notTaken
        ),
        Case(disposition: .reject, status: 400, verdict: .notTaken),
        Case(disposition: .operator, status: 400, verdict: .notTaken),
    ])
    func onlyARefusalEndsAGrant(given: Case) {
        let error = ProviderError(
            given.disposition,
            Failure(given.reason),
            status: given.status
        )
        #expect(RefreshVerdict(of: error) == given.verdict)
    }
}
